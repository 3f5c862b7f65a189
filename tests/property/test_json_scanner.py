"""The scanner reads what msgspec reads, to the last bit, and accepts nothing that json rejects."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import category_codes
from streamlr.decoders.json import JsonDecoder, MsgspecDecoder
from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Decoded, Schema

MORE = settings(max_examples=100)  # they are small
SCHEMA = Schema(("a", "b", "temperature_celsius", "größe", ""), "y", ("c", "straße"))
NAMES = [*SCHEMA.features, *SCHEMA.categories, SCHEMA.label]
SEEDS = {name: category_codes.seed(name) for name in SCHEMA.categories}


class Readers(NamedTuple):
    """The scanner alone, the decoder that is built around it, and what both must equal."""

    scanner: Scanner
    decoder: JsonDecoder
    reference: MsgspecDecoder


@cache
def readers() -> Readers:
    return Readers(Scanner(SCHEMA), JsonDecoder(SCHEMA), MsgspecDecoder(SCHEMA))


# --- what is compared ---------------------------------------------------------------------------


def bits(decoded: Decoded) -> list[object]:
    """Return all that was decoded, comparable to the last bit and type."""
    values = np.ascontiguousarray(decoded.values)
    labels = [(type(label), repr(label)) for label in decoded.labels]
    return [decoded.rows.tolist(), values.shape, values.tobytes(), labels, decoded.rejects]


def check(payload: Sequence[bytes | None]) -> None:
    scanner, decoder, reference = readers()
    assert bits(decoder.decode(payload)) == bits(reference.decode(payload))
    scanned = scanner.scan(payload)
    read = np.setdiff1d(np.arange(len(payload)), scanned.unread).tolist()
    for row in read:
        record = json.loads(payload[row] or b"", parse_constant=refuse)
        expected = [number(record.get(name)) for name in SCHEMA.features]
        expected += [code(record.get(name), seed) for name, seed in SEEDS.items()]
        assert np.array_equal(scanned.values[row], expected, equal_nan=True)
        assert scanned.labels[row] == record.get(SCHEMA.label)


def refuse(constant: str) -> None:
    raise AssertionError(constant)  # NaN and Infinity: json.loads takes them, msgspec does not


def number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def code(value: category_codes.Value | None, seed: np.uint64) -> float:
    return float("nan") if value is None else category_codes.code(value, seed)


Texts = st.SearchStrategy[str]

# --- records ------------------------------------------------------------------------------------

spaces = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n  "])
words = st.sampled_from(["true", "false", "null"])
digits = st.text("0123456789", min_size=1, max_size=25)
floats = st.floats(allow_nan=False, allow_infinity=False).map(repr)
everyday = st.floats(-1e3, 1e3).map(repr)
integers = st.integers(-(2**70), 2**70).map(str) | st.integers(-9, 99).map(str)
exponents = st.integers(-400, 400).map(lambda power: f"e{power}")
decimals = st.tuples(st.sampled_from(["", "-"]), digits, digits).map("{0[0]}{0[1]}.{0[2]}".format)
scaled = st.tuples(integers | decimals, exponents).map("".join)
numbers = everyday | floats | integers | decimals | scaled
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
plain_strings = st.tuples(texts, st.booleans()).map(lambda t: json.dumps(t[0], ensure_ascii=t[1]))
raw_strings = st.text('ab é😀"\\u0d8cf/\n\x00', max_size=12).map('"{}"'.format)
strings = plain_strings | raw_strings
scalars = numbers | words | strings


def joined(brackets: str, items: Texts, most: int) -> Texts:
    """Return a list or an object, spaced anyhow."""
    spaced = st.tuples(spaces, items, spaces).map("".join)
    inside = st.lists(spaced, max_size=most).map(",".join)
    return inside.map(lambda text: brackets[0] + text + brackets[1])


def entries(keys: Texts, values: Texts) -> Texts:
    return st.tuples(keys, spaces, st.just(":"), spaces, values).map("".join)


nested = st.recursive(
    scalars,
    lambda inner: joined("[]", inner, 2) | joined("{}", entries(strings, inner), 2),
    max_leaves=4,
)


def escaped(name: str) -> str:
    """Return a name with an escape for each of its characters."""
    units = name.encode("utf-16-be").hex()
    return '"{}"'.format("".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4)))


names = st.sampled_from(NAMES).map(json.dumps) | st.sampled_from(NAMES).map('"{}"'.format)
others = st.sampled_from(['"z"', '"id"', '"aa"'])
keys = names | names | st.sampled_from(NAMES).map(escaped) | others | strings
categories = st.sampled_from(SCHEMA.categories).map(json.dumps)
huge = st.sampled_from(["1" + "0" * 400, "-9" + "9" * 350])
fields = (
    entries(names, numbers | words)
    | entries(categories, scalars | huge)
    | entries(keys, scalars)
    | entries(keys, nested)
)
objects = st.tuples(spaces, joined("{}", fields, 6), spaces).map("".join)


@st.composite
def regular(draw: st.DrawFn) -> list[str]:
    """Return records of one producer: the same fields in the same order, with the same space."""
    chosen = draw(st.lists(st.sampled_from([*NAMES, "z", "id"]), unique=True, max_size=6))
    comma, colon = draw(spaces) + "," + draw(spaces), draw(spaces) + ":" + draw(spaces)
    rows = draw(st.lists(st.lists(numbers | words, min_size=6, max_size=6), min_size=1, max_size=6))
    labels = draw(st.lists(scalars, min_size=6, max_size=6))
    categories = draw(st.lists(strings, min_size=6, max_size=6))
    records = []
    for row, label, category in zip(rows, labels, categories, strict=False):
        values = dict(zip(chosen, row, strict=False))
        if SCHEMA.label in values:
            values[SCHEMA.label] = label
        if SCHEMA.categories[0] in values:
            values[SCHEMA.categories[0]] = category
        pairs = [f'"{name}"{colon}{value}' for name, value in values.items()]
        records.append("{" + comma.join(pairs) + "}")
    return records


polls = regular() | st.lists(objects, max_size=4)
bad_bytes = st.sampled_from(b'\x00\x1f "\\,:{}[]0.-e\x80\xc0\xe0\xed\xf0\xff')


@st.composite
def damaged(draw: st.DrawFn) -> list[bytes | None]:
    """Return records of which some are cut, changed, doubled, or not there."""
    payload: list[bytes | None] = []
    for text in draw(polls):
        record = bytearray(text.encode())
        place = draw(st.integers(0, len(record) - 1))
        match draw(st.integers(0, 9)):
            case 0:
                record[place] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del record[place:]
            case 2:
                record.insert(place, draw(bad_bytes))
            case 3:
                record[place] = draw(bad_bytes)
            case 4:
                del record[place]
            case 5:
                record = record + record
            case 6:
                record += draw(st.binary(max_size=3))
            case 7:
                record[place:place] = record[place : place + draw(st.integers(1, 9))]
        payload.append(bytes(record))
        payload.extend(draw(st.sampled_from([[], [], [], [None], [b""], [payload[0]]])))
    return payload


@MORE
@given(polls)
def test_records_are_read_as_by_msgspec(records: list[str]) -> None:
    check([record.encode() for record in records])


@MORE
@given(damaged())
def test_damaged_records_are_read_or_rejected_as_by_msgspec(payload: list[bytes | None]) -> None:
    check(payload)


@given(st.lists(st.binary(max_size=30) | st.none(), max_size=5))
def test_anything_is_read_or_rejected_as_by_msgspec(payload: list[bytes | None]) -> None:
    check(payload)


@given(polls, st.data())
def test_how_records_are_polled_leaves_no_trace(records: list[str], data: st.DataObject) -> None:
    payload = [record.encode() for record in records]
    cut = data.draw(st.integers(0, len(payload)))
    scanner = readers().scanner
    whole, *parts = (scanner.scan(piece) for piece in (payload, payload[:cut], payload[cut:]))
    unread = [*parts[0].unread.tolist(), *(parts[1].unread + cut).tolist()]
    assert whole.unread.tolist() == unread
    assert repr(whole.labels) == repr(parts[0].labels + parts[1].labels)
    read = np.setdiff1d(np.arange(len(payload)), unread)
    values = np.concatenate([part.values for part in parts])
    assert whole.values[read].tobytes() == values[read].tobytes()


# --- many records, and with and without the compiler ----------------------------------------------

SAMPLES = [
    '{"a":0.1234567890123456,"b":-12.5e-3,"temperature_celsius":21,"größe":1e22,"y":1}'.encode(),
    b'{"a":1,"b":null,"id":"\\u00e9\\ud83d\\ude00\\n","temperature_celsius":true,"":9e9,"y":"spam"}',
    '{"straße":"Baker Street 221b","a":1,"c":"München","y":7}'.encode(),
    '{"straße":null,"c":-7.50,"z":"","c":"\\u0041","straße":false}'.encode(),
    ' { "y" : 2.5 , "z" : [1, {"q": ["日本", false]}], "gr\\u00f6\\u00dfe" : -0.0 } '.encode(),
]


def cut_and_damaged(count: int) -> list[bytes]:
    """Return the samples cut everywhere, and so many more with bytes replaced anywhere."""
    source = random.Random(1)
    records = [sample[:cut] for sample in SAMPLES for cut in range(len(sample) + 1)]
    for _ in range(count):
        record = bytearray(source.choice(SAMPLES))
        for _ in range(source.choice([0, 1, 1, 2])):
            record[source.randrange(len(record))] = source.choice(b'\x00 "\\,:{}[]09.-e\xc3\xff')
        records.append(bytes(record))
    return records


def test_many_damaged_records_are_read_or_rejected_as_by_msgspec() -> None:
    check(cut_and_damaged(20_000))


def told() -> list[list[object]]:
    """Return what the scanner makes of records, alone and together.

    As plain Python this also shows that nothing is read outside of the text: that would raise.
    """
    records = cut_and_damaged(600)
    return [_told(poll) for poll in [*([record] for record in records[::2]), records]]


def _told(poll: list[bytes]) -> list[object]:
    scanned = readers().scanner.scan(poll)
    read = np.setdiff1d(np.arange(len(poll)), scanned.unread)
    return [scanned.unread.tolist(), scanned.values[read].tobytes().hex(), repr(scanned.labels)]


def test_compiled_and_not_are_the_same_bits() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.property.test_json_scanner"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == told()


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump(told(), sys.stdout)
