"""The five bytes before a body: a zero byte and the schema's id, the highest byte first."""

import pytest

from streamlr.avro import RefusedError, wire


@pytest.mark.parametrize("schema_id", [0, 1, 258, 2**31 - 1, 2**32 - 1])
def test_the_id_is_found(schema_id: int) -> None:
    assert wire.schema_id(b"\0" + schema_id.to_bytes(4, "big") + b"body") == schema_id


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (b"", "0 bytes"),
        (b"\0\0\0\1", "4 bytes"),
        (b"\1\0\0\0\1x", "0x01"),
        (b'{"a": 1}', "as JSON does"),
    ],
)
def test_another_beginning_is_malformed(record: bytes, why: str) -> None:
    with pytest.raises(RefusedError) as caught:
        wire.schema_id(record)
    assert caught.value.reason == "malformed"
    assert why in caught.value.detail


def test_ids_are_listed_once_and_others_passed_over() -> None:
    records = [b"\0\0\0\0\2a", None, b"\0\0\0\0\1", b"", b"{}   ", b"\0\0\0\0\2b"]
    assert wire.ids(records) == [2, 1]
