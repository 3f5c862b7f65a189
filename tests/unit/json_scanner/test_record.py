"""Features and labels of one record."""

import pytest

from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Schema
from tests.unit.json_scanner.scanning import features, scan, understood


def test_what_comes_last_counts() -> None:
    assert features(b'{"a":1,"b":2,"a":3}') == [3.0, 2.0]
    assert features(b'{"a":1,"a":null}') == [None, None]
    assert features(b'{"a":null,"a":true}') == [1.0, None]
    labels = ['1,"y":"x"', '"x","y":2.5', '"x","y":null', '"x","y":"z"', '1,"y":true']
    records = [f'{{"y":{text}}}'.encode() for text in labels]
    assert scan(*records).labels == ["x", 2.5, None, "z", True]


def test_a_text_behind_the_label_is_not_the_label() -> None:
    read = Scanner(Schema(("a",), "y", ("c",), in_text=("a",)))
    scanned = read.scan([b'{"y":"yes","c":"NO"}', b'{"c":"NO","y":"no"}', b'{"y":"yes","a":"1"}'])
    assert scanned.labels == ["yes", "no", "yes"]


@pytest.mark.parametrize("value", ['"1"', '""', "[]", "[1]", "{}", '{"a":1}', '"NaN"'])
def test_what_is_no_number_is_no_feature(value: str) -> None:
    text = value.encode()
    assert understood(b'{"a":%b}' % text, b'{"a":%b,"a":1}' % text) == [False, False]


@pytest.mark.parametrize("value", ["[]", "[1]", "{}", '{"a":1}'])
def test_lists_and_objects_are_no_labels(value: str) -> None:
    assert understood(b'{"y":%b}' % value.encode()) == [False]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0", 0), ("-0", 0), ("-0.0", -0.0), ("1.0", 1.0), ("1e2", 100.0), ("-17", -17),
        ("true", True),
        ("false", False), ("null", None), ('""', ""), ('"1"', "1"), ('"\\u0000"', "\0"),
        ('"\\ud83d\\ude00"', "😀"),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775807", 1 - 2**63),
    ],
)  # fmt: skip
def test_labels_are_of_their_kind(text: str, label: object) -> None:
    scanned = scan(b'{"a":1,"y":%b,"b":2}' % text.encode())
    assert len(scanned.unread) == 0
    assert [(type(found), repr(found)) for found in scanned.labels] == [(type(label), repr(label))]


@pytest.mark.parametrize(
    "text",
    ["9223372036854775808", "-9223372036854775808", "12345678901234567890", "1e999", "5e-324"],
)
def test_labels_that_do_not_fit_are_left_to_others(text: str) -> None:
    assert understood(b'{"y":%b}' % text.encode()) == [False]


def test_nothing_of_one_record_is_left_for_the_next() -> None:
    scanned = scan(b'{"a":1,"b":2,"y":"x"}', b"{}", b'{"a":1,"b":2,"y":"x"', b"{}")
    assert scanned.unread.tolist() == [2]
    assert scanned.labels == ["x", None, None, None]
    assert (scanned.values[[1, 3]] != scanned.values[[1, 3]]).all()
