"""A key goes by its characters, from whichever reader it comes."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import record_keys
from streamlr.decoders import csv
from streamlr.decoders import json as json_decoder
from streamlr.decoders.json import MsgspecDecoder
from streamlr.records import CsvRecords, Schema

SCHEMA = Schema(("x",), "y", key="id", times=("ts",))


def key(value: str | float | bytes | None) -> list[int]:
    found: list[int] = record_keys.of_values([value])[0].tolist()
    return found


def of_json(text: bytes) -> list[int]:
    decoded = json_decoder.build(json_decoder.Config(), SCHEMA).decode([text])
    assert decoded.keys is not None
    found: list[int] = decoded.keys[0].tolist()
    return found


@given(st.text(max_size=40))
def test_every_reader_finds_the_same_key(text: str) -> None:
    for escaped in (True, False):
        record = json.dumps({"id": text}, ensure_ascii=escaped).encode()
        assert of_json(record) == key(text)
        slow = MsgspecDecoder(SCHEMA).decode([record]).keys
        assert slow is not None
        assert slow[0].tolist() == key(text)


@given(st.integers(-(10**25), 10**25))
def test_a_whole_number_is_the_key_that_its_digits_are(number: int) -> None:
    assert of_json(b'{"id": %d}' % number) == key(str(number)) == key(number)


@pytest.mark.parametrize("text", [b"{}", b'{"id": null}', b'{"id": ""}'])
def test_no_key_is_all_zero(text: bytes) -> None:
    assert of_json(text) == key(None) == key("") == [0, 0]


def test_neighbours_beyond_what_a_float_can_tell_are_told_apart() -> None:
    first, second = (b'{"id": 9007199254740992}', b'{"id": 9007199254740993}')
    assert of_json(first) != of_json(second)


def test_a_million_keys_are_a_million() -> None:
    keys = record_keys.of_values(f"order-{number}" for number in range(1_000_000))
    assert len(np.unique(keys[:, 0])) == len(np.unique(keys[:, 1])) == 1_000_000


@pytest.mark.parametrize("wrong", [b"1.5", b"true", b"[1]", b"{}"])
def test_what_is_no_key_rejects_the_record(wrong: bytes) -> None:
    decoded = json_decoder.build(json_decoder.Config(), SCHEMA).decode([b'{"id": %b}' % wrong])
    assert [reject.reason for reject in decoded.rejects] == ["wrong_type"]


def test_a_real_number_that_is_whole_is_that_number() -> None:
    assert of_json(b'{"id": 12.0}') == of_json(b'{"id": 1.2e1}') == key("12")


def test_csv_finds_the_same_keys_and_times() -> None:
    records = [b"a1,2026-01-31T12:00:00Z,1,0\n", b'"a,2",1700000000,2,1\n', b",,3,0\n"]
    payload = CsvRecords(("id", "ts", "x", "y"), b",", records)
    decoded = csv.build(csv.Config(), SCHEMA).decode(payload)
    assert decoded.keys is not None
    assert decoded.keys.tolist() == record_keys.of_values(["a1", "a,2", None]).tolist()
    assert decoded.times["ts"][:2].tolist() == [1769860800.0, 1.7e9]
    assert np.isnan(decoded.times["ts"][2])
