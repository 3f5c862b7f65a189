"""Words, numbers in texts, categories, times, nested fields and derived columns in one record."""

import json
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import OnlineModel, config, schema
from streamlr.config import Configuration
from streamlr.decoders import csv as csv_decoder
from streamlr.decoders.json import JsonDecoder, MsgspecDecoder
from streamlr.errors import ConfigurationError
from streamlr.library.rows import Rows
from streamlr.pipeline import Pipeline
from streamlr.records import CsvRecords, Decoded, RawBatch, Schema
from tests.unit.test_pipeline import MemorySink

SCHEMA = Schema(
    features=("likes", "price", "shop.rating"),
    label="y",
    categories=("colour", "shop.country"),
    key="id",
    times=("at", "post.at"),
    in_text=("price", "shop.rating"),
    texts=("title", "post.body"),
)


def same(found: Decoded, expected: Decoded) -> None:
    """Whether all of it is equal, to the last bit."""
    assert found.rows.tolist() == expected.rows.tolist()
    assert found.values.tobytes() == expected.values.tobytes()
    assert found.labels == expected.labels
    assert np.array_equal(found.keys, expected.keys)  # type: ignore[arg-type]
    assert words(found) == words(expected)
    assert found.times.keys() == expected.times.keys()
    for name, times in found.times.items():
        assert times.tobytes() == expected.times[name].tobytes()


def words(decoded: Decoded) -> list[list[list[float]]]:
    """Each record's codes, text by text."""
    assert decoded.tokens is not None
    span, code = decoded.tokens
    return [[code[start:stop].tolist() for start, stop in pairwise(row)] for row in span.tolist()]


numbers = st.integers(-9, 9) | st.sampled_from([0.5, "7", "-3.14", "1e3", "+7", " 5", "", "x"])
texts = st.sampled_from(["red", "late again", 'it\'s "é"\n', ""])
moments = st.sampled_from([1_700_000_000, "2026-01-31T12:30:00Z", "soon"])
records = st.fixed_dictionaries(
    {},
    optional={
        "likes": st.integers(-9, 9),
        "price": numbers,
        "colour": texts | st.integers(0, 3),
        "title": texts | st.just(7),
        "at": moments,
        "id": st.integers(0, 9),
        "y": st.booleans(),
        "post": st.none() | st.fixed_dictionaries({}, optional={"body": texts, "at": moments}),
        "shop": st.just(5)
        | st.fixed_dictionaries({}, optional={"rating": numbers, "country": texts}),
        "post.body": texts,  # a name of its own comes before the path
    },
)


@cache
def decoders() -> tuple[JsonDecoder, MsgspecDecoder]:
    return JsonDecoder(SCHEMA), MsgspecDecoder(SCHEMA)


@given(st.lists(records, max_size=6), st.booleans())
@settings(deadline=None)
def test_the_scanner_reads_them_as_msgspec_does(given_: list[dict[str, Any]], plain: bool) -> None:
    payload = [json.dumps(record, ensure_ascii=plain).encode() for record in given_]
    found, expected = (decoder.decode(payload) for decoder in decoders())
    same(found, expected)
    assert found.rejects == expected.rejects


RECORD = {
    "likes": 2,
    "price": "3.5",
    "colour": "red",
    "title": "Too late, again",
    "at": "2026-01-31T12:30:00Z",
    "id": "k",
    "y": "yes",
    "post": {"body": "nobody can pay", "at": 1_700_000_000},
    "shop": {"rating": "4.5", "country": "NO"},
}


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    opened = {
        f"{name}.{key}": held for name in ("post", "shop") for key, held in record[name].items()
    }
    return {name: held for name, held in record.items() if name not in {"post", "shop"}} | opened


def test_within_objects_and_by_names_of_their_own_they_are_the_same() -> None:
    decoder, _ = decoders()
    [nested, own] = [json.dumps(one).encode() for one in (RECORD, flat(RECORD))]
    found = decoder.decode([nested])
    same(found, decoder.decode([own]))
    assert found.values[0, :3].tolist() == [2.0, 3.5, 4.5]
    assert [len(text) for text in words(found)[0]] == [3, 3]


def test_the_cells_of_a_table_are_read_as_fields_are() -> None:
    columns = tuple(flat(RECORD))
    plain = b",".join(b'"%s"' % str(held).encode() for held in flat(RECORD).values())
    decoder = csv_decoder.build(csv_decoder.Config(), SCHEMA)
    quoted = plain.replace(b"Too late", b'Too ""late""')  # left to the slower reader
    found = decoder.decode(CsvRecords(columns, b",", [plain + b"\n", quoted + b"\n"]))
    [record] = [json.dumps(RECORD).encode()]
    same(found, decoders()[0].decode([record, record]))


def test_the_library_reads_them_too() -> None:
    read, expected = Rows(SCHEMA), decoders()[0].decode([json.dumps(RECORD).encode()])
    values, tokens = read.read([RECORD])
    times = read.times([RECORD])
    same(Decoded(expected.rows, values, ["yes"], [], expected.keys, times, tokens), expected)


# --- what is found, and learned -----------------------------------------------------------------

TABLES: dict[str, Any] = {
    "source": {"type": "stdin"},
    "stream": {"label": "y"},
    "features": {"buckets": 150, "text_limit": 24},
    "derive": [
        {"type": "ratio", "numerator": "price", "denominator": "shop.limit"},
        {"type": "cross", "fields": ["shop.country", "note"]},
    ],
}


def stream(count: int) -> list[dict[str, Any]]:
    made = []
    for row in range(count):
        good = row % 3 == 0
        word = "thanks" if good else "refund"
        made.append(
            {
                "price": str(row % 7 + 0.5),
                "id": f"order-{row}",
                "zip": f"0{row % 5}50",
                "when": "2026-01-31 12:30",
                "note": f"see note {row} of ours",
                "shop": {"country": "NO" if row % 2 else "SE", "limit": str(row % 3)},
                "post": {"body": f"{word} for order {row} of last week, it came in time"},
                "y": good,
            }
        )
    return made


FOUND = Schema(
    ("price", "shop.limit"),
    "y",
    ("zip", "shop.country"),
    in_text=("price", "shop.limit"),
    texts=("post.body",),
)


def made() -> Configuration:
    return config.build(TABLES)


def found() -> tuple[Schema, dict[str, str]]:
    built, seen = made(), [*map(flat, stream(40))]
    return schema.infer(seen, built.stream, derive=built.derive)


def test_each_field_is_taken_for_what_it_is() -> None:
    fixed, left_out = found()
    assert fixed == FOUND
    assert left_out == {
        "id": "identifiers: another one in each record",
        "when": "timestamps",
        "note": "texts: derived from, and so not read as words",
    }


def test_a_field_whose_words_are_asked_for_is_not_derived_from() -> None:
    asked = {**TABLES, "stream": {"label": "y", "texts": ["note"]}}
    with pytest.raises(ConfigurationError) as caught:
        config.build(asked)
    [fault] = caught.value.faults
    assert fault == (
        "[[derive]] number 2 (cross) fields = 'note': [stream] texts has its words read; name "
        "another field, or take it out there"
    )


def test_a_pipeline_goes_on_from_a_checkpoint() -> None:
    records = [json.dumps(record).encode() for record in stream(300)]

    def run(*cuts: int) -> tuple[str, tuple[str, ...]]:
        line, at = Pipeline(made(), FOUND, "json", sinks()), 0
        for cut in (*cuts, len(records)):
            part = records[at:cut]
            offsets = np.arange(at, cut)
            line.process(RawBatch(part, np.zeros_like(offsets), offsets, 0, None, {0: cut}))
            header, arrays = line.header({}), line.arrays()
            line, before, at = Pipeline(made(), FOUND, "json", sinks()), line, cut
            line.restore(header, arrays)
        return line.digest(), before.deriver.shows.features

    whole, shown = run()
    assert run(7, 150)[0] == whole
    assert shown == ("price", "shop.limit", "price/shop.limit")


def sinks() -> dict[str, Any]:
    return {"sink": MemorySink(), "dead_letters": MemorySink()}


def test_the_library_learns_them_and_goes_on_from_a_file(tmp_path: Path) -> None:
    records = stream(300)
    model = OnlineModel.from_config(TABLES, sample=records[:40])
    assert (model.texts, model.derived) == (
        ("post.body",),
        ("price/shop.limit", "shop.country*note"),
    )
    model.learn_many(records, [record["y"] for record in records])
    assert model.metrics["windowed"]["accuracy"] > 0.9  # the words tell
    model.save(tmp_path / "model")
    again = OnlineModel.load(tmp_path / "model")
    assert (again.digest, again.texts) == (model.digest, model.texts)
    assert again.predict(records[1]) == model.predict(records[1])
