"""Predictions and dead letters as documents."""

import base64
import dataclasses
import json
from typing import Any

import numpy as np

from streamlr import emission
from streamlr.emission import Document
from streamlr.records import Predictions, RawBatch, Reject


def raw(payload: list[bytes | None], keys: list[bytes | None] | None = None) -> RawBatch:
    count = len(payload)
    return RawBatch(
        payload=payload,
        partition=np.arange(count) % 2,
        offset=np.arange(count) + 10,
        timestamp=0,
        keys=None if keys is None else lambda: keys,
        positions={0: 10 + count},
    )


def original(payload: list[bytes | None], row: int) -> bytes:
    return payload[row] or b""


def said(batch: RawBatch, rows: list[int], label: list[Any], truth: list[Any]) -> Predictions:
    return Predictions(batch, np.array(rows, np.int64), label, [0.75] * len(rows), truth)


def test_a_prediction_is_json_with_its_place() -> None:
    batch = raw([b"a", b"b", b"c"])
    documents = emission.predictions(said(batch, [0, 2], ["yes", None], [1.5, None]))
    assert [json.loads(document.value) for document in documents] == [
        {"partition": 0, "offset": 10, "prediction": "yes", "probability": 0.75, "label": 1.5},
        {"partition": 0, "offset": 12, "prediction": None, "probability": 0.75, "label": None},
    ]
    assert [(document.partition, document.offset) for document in documents] == [(0, 10), (0, 12)]


def test_without_labels_a_document_tells_how_unusual_a_record_is() -> None:
    made = said(raw([b"a", b"b"]), [0, 1], [0.5, 1.5], [None, None])
    made = dataclasses.replace(made, probability=[None, None], rank=[0.25, 1.0], cluster=[None, 3])
    places = [{"partition": 0, "offset": 10}, {"partition": 1, "offset": 11}]
    rest = [
        {"prediction": 0.5, "probability": None, "label": None, "rank": 0.25, "cluster": None},
        {"prediction": 1.5, "probability": None, "label": None, "rank": 1.0, "cluster": 3},
    ]
    documents = [json.loads(document.value) for document in emission.predictions(made)]
    assert documents == [place | told for place, told in zip(places, rest, strict=True)]


def test_of_several_topics_each_document_names_its_own() -> None:
    batch = dataclasses.replace(
        raw([b"a", b"b"]), partition=np.array([2, 1_000_000]), topics=("eu", "us")
    )
    documents = emission.predictions(said(batch, [0, 1], ["x", "y"], [None, None]))
    documents += emission.dead_letters(batch, [Reject(1, "empty", "why")], original, "^e|u.*")
    found = [(document.topic, document.partition) for document in documents]
    assert found == [("eu", 2), ("us", 0), ("us", 0)]
    assert [json.loads(document.value)["topic"] for document in documents[:2]] == ["eu", "us"]
    assert documents[2].headers["streamlr.source"] == "us"
    assert documents[2].headers["streamlr.partition"] == "0"


def test_labels_keep_their_type() -> None:
    labels = [1, 1.0, True, "1", 10**30]
    batch = raw([b""] * len(labels))
    documents = emission.predictions(said(batch, list(range(len(labels))), labels, labels))
    for label, document in zip(labels, documents, strict=True):
        values = json.loads(document.value)
        for value in (values["prediction"], values["label"]):
            assert value == label
            assert type(value) is type(label)


def test_keys_follow_their_records() -> None:
    batch = raw([b"a", b"b", b"c"], keys=[b"k0", None, b"k2"])
    documents = emission.predictions(said(batch, [1, 2], ["x", "y"], [None, None]))
    assert [document.key for document in documents] == [None, b"k2"]
    (letter,) = emission.dead_letters(batch, [Reject(2, "empty", "why")], original, "topic")
    assert letter.key == b"k2"


def test_no_prediction_is_no_document() -> None:
    assert emission.predictions(said(raw([]), [], [], [])) == []


def test_a_dead_letter_is_the_record_as_it_came_with_the_reason_beside_it() -> None:
    batch = raw([b"good", b"\xff\x00 bad", None])
    rejects = [Reject(1, "malformed", "why é"), Reject(2, "empty", "no value")]
    letters = emission.dead_letters(batch, rejects, original, "topic")
    assert [letter.value for letter in letters] == [b"\xff\x00 bad", b""]
    assert letters[0].headers == {
        "streamlr.source": "topic",
        "streamlr.partition": "1",
        "streamlr.offset": "11",
        "streamlr.reason": "malformed",
        "streamlr.detail": "why é",
    }
    assert (letters[1].partition, letters[1].offset) == (0, 12)


def test_a_prediction_is_a_line_by_itself() -> None:
    assert Document(0, 0, None, b'{"a":1}', {}).line() == b'{"a":1}'


def test_a_dead_letter_is_one_line_of_json_whatever_its_bytes() -> None:
    value = b'\xff\n\x00"'
    line = Document(0, 0, None, value, {"streamlr.reason": "x\ny"}).line()
    assert b"\n" not in line
    values = json.loads(line)
    assert values["streamlr.reason"] == "x\ny"
    assert base64.b64decode(values["value_base64"]) == value


def test_of_a_dead_letter_too_long_the_beginning_is_kept_and_its_length_told() -> None:
    rejects = [Reject(0, "wrong_type", "it says " + "x" * 5000)]
    (letter,) = emission.dead_letters(raw([b"0123456789"]), rejects, original, "topic")
    assert len(letter.headers["streamlr.detail"]) == 1000
    assert letter.within(10) is letter
    cut = letter.within(4)
    assert cut.value == b"0123"
    assert cut.headers == {**letter.headers, "streamlr.bytes": "10"}
    prediction = Document(0, 10, None, b'{"prediction":1}', {})
    assert prediction.within(4) is prediction  # half of one would be none
