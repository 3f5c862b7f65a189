"""One file's bytes: they come back as they were, or not at all."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header, UnreadableError, decode, encode

HEADER = Header(
    pipeline="p",
    components={"schedule": {"type": "constant", "rate": 0.1, "lanes": [[1, 2.5]], "none": None}},
    features=("a", "b ü"),
    categories=("c",),
    label="y",
    classes=("no", 1, 2.5, True),
    positions={0: 7, 12: 2**60},
    marks={"sink": {"bytes": 3}},
)

SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.floats()


def arrays() -> dict[str, np.ndarray]:
    return {
        "model.weights": np.array([[0.1, -0.0], [np.nan, np.inf], [5e-324, 1e308]]),
        "counters.seen": np.array([2**62, -1]),
        "pending.inputs": np.zeros((0, 3)),
    }


def bits(values: dict[str, np.ndarray]) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in values.items()}


def metadata(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    found: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["streamlr"])
    return found


def resealed(alter: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a file with another envelope."""
    envelope = metadata(encode(HEADER, arrays()))
    alter(envelope)
    return safetensors.numpy.save(arrays(), {"streamlr": json.dumps(envelope)})


def test_what_went_in_comes_out() -> None:
    header, read = decode(encode(HEADER, arrays()))
    assert header == HEADER
    assert bits(read) == bits(arrays())
    assert [type(label) for label in header.classes] == [str, int, float, bool]


@given(
    classes=st.lists(SCALARS.filter(lambda label: label == label), max_size=3),  # noqa: PLR0124
    positions=st.dictionaries(st.integers(0, 2**31), st.integers(0, 2**63 - 1), max_size=4),
    name=st.text(st.characters(codec="utf-8")),
)
def test_any_header_comes_back(classes: list[object], positions: dict[int, int], name: str) -> None:
    classes = [label for label in classes if label not in (float("inf"), float("-inf"))]
    written = msgspec.structs.replace(
        HEADER, classes=tuple(classes), positions=positions, features=(name,)
    )
    assert decode(encode(written, arrays()))[0] == written


def test_the_topics_come_back_and_are_left_out_where_there_is_one() -> None:
    written = msgspec.structs.replace(HEADER, topics=("eu", "us"))
    assert decode(encode(written, arrays()))[0] == written
    assert b"topics" not in encode(HEADER, arrays())


def test_the_same_state_is_the_same_bytes() -> None:
    again = Header(**{key: getattr(HEADER, key) for key in reversed(HEADER.__struct_fields__)})
    reversed_arrays = dict(reversed(arrays().items()))
    assert encode(again, reversed_arrays) == encode(HEADER, arrays())


def test_views_are_written_as_the_values_they_show() -> None:
    base = np.arange(12.0).reshape(3, 4)
    written = {"view": base[:, 1], "turned": base.T}
    for name, read in decode(encode(HEADER, written))[1].items():
        assert np.array_equal(read, written[name])


def test_it_is_safetensors_that_any_reader_opens() -> None:
    assert bits(safetensors.numpy.load(encode(HEADER, arrays()))) == bits(arrays())


def test_every_shorter_file_is_refused() -> None:
    data = encode(HEADER, arrays())
    for length in range(len(data)):
        with pytest.raises(UnreadableError):
            decode(data[:length])


def test_a_longer_file_is_refused() -> None:
    with pytest.raises(UnreadableError):
        decode(encode(HEADER, arrays()) + b"\0")


def test_every_flipped_bit_is_noticed() -> None:
    data = encode(HEADER, arrays())
    for place in range(len(data)):
        for bit in range(8):
            altered = bytearray(data)
            altered[place] ^= 1 << bit
            with pytest.raises(UnreadableError):
                decode(bytes(altered))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 64,
        b"PK\x03\x04 something else altogether",
        safetensors.numpy.save(arrays()),
        safetensors.numpy.save(arrays(), {"other": "tool"}),
        safetensors.numpy.save(arrays(), {"streamlr": "not JSON"}),
        safetensors.numpy.save(arrays(), {"streamlr": "{}"}),
    ],
)
def test_what_is_no_checkpoint_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(data)


@pytest.mark.parametrize("version", [0, 1, 2, 1000])
def test_another_version_is_named(version: int) -> None:
    data = resealed(lambda envelope: envelope.update(version=version))
    with pytest.raises(UnreadableError, match=f"of format {version}, this streamlr reads format 3"):
        decode(data)


def test_an_altered_header_is_noticed() -> None:
    data = resealed(lambda envelope: envelope["header"].update(pipeline="q"))
    with pytest.raises(UnreadableError, match="checksum"):
        decode(data)


def test_an_array_left_out_is_noticed() -> None:
    envelope = json.dumps(metadata(encode(HEADER, arrays())))
    kept = dict(list(arrays().items())[1:])
    with pytest.raises(UnreadableError, match="checksum"):
        decode(safetensors.numpy.save(kept, {"streamlr": envelope}))


def test_a_header_of_other_fields_is_refused() -> None:
    """As a development version may have written it, without counting the format up."""
    body = b'{"pipeline":"p","new":1}'
    checksum = file_format._checksum(body, {})
    assert len(checksum) == 2 * hashlib.blake2b(digest_size=16).digest_size
    envelope = {"version": file_format.VERSION, "checksum": checksum, "header": msgspec.Raw(body)}
    data = safetensors.numpy.save({}, {"streamlr": msgspec.json.encode(envelope).decode()})
    with pytest.raises(UnreadableError, match="not of this version"):
        decode(data)


def test_a_header_from_before_warm_starts_is_read() -> None:
    fields = msgspec.to_builtins(HEADER, str_keys=True)
    for later in ("warm_start", "skipped", "withheld"):
        fields.pop(later, None)
    assert msgspec.json.decode(msgspec.json.encode(fields), type=Header) == HEADER
