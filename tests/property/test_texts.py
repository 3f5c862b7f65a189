"""Streams of texts obey the laws: no cut leaves a trace, nobody looks ahead, state can move."""

import json
import random
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import OnlineModel, config, kernel
from streamlr.decoders.json import JsonDecoder, MsgspecDecoder
from streamlr.pipeline import Pipeline
from streamlr.records import RawBatch, Schema, Tokenising
from streamlr.sinks import Sink
from tests.unit.test_pipeline import MemorySink

ROWS = 300
SCHEMA = Schema(("amount",), "y", ("shop",), texts=("subject", "body"))
MOST = 24


def configuration() -> config.Configuration:
    return config.build(
        {
            "source": {"type": "stdin"},
            "stream": {"label": "y"},
            "features": {"type": "scaling", "buckets": 150, "text_limit": MOST},
        }
    )


class Line:
    """A pipeline, and what it said."""

    def __init__(self) -> None:
        self.sink = MemorySink()
        sinks: dict[str, Sink] = {"sink": self.sink, "dead_letters": MemorySink()}
        self.pipeline = Pipeline(configuration(), SCHEMA, "json", sinks)

    def process(self, records: Sequence[bytes], start: int = 0) -> None:
        count = len(records)
        offsets = np.arange(start, start + count)
        zeros, end = np.zeros(count, np.int64), {0: start + count}
        self.pipeline.process(RawBatch(list(records), zeros, offsets, 0, None, end))


@lru_cache(maxsize=1)
def records() -> tuple[bytes, ...]:
    """Return records in which anything may be missing, and some are bad; they drift half-way."""
    chance = random.Random(8)
    written = []
    for row in range(ROWS):
        spam = chance.random() < 0.5
        topic = spam != (row > ROWS // 2)
        words = [f"w{2 * int(99 * chance.random() ** 2) + topic}" for _ in range(row % 40)]
        record: dict[str, object] = {
            "amount": chance.gauss(0.0, 1.0),
            "shop": chance.choice(["a", "b", None]),
            "subject": chance.choice([None, "Hello there", "naïve “é”", 'it\'s "quoted"\n']),
            "body": " ".join(words),
            "y": None if chance.random() < 0.1 else spam,
        }
        if chance.random() < 0.05:
            record["body"] = 7
        if chance.random() < 0.1:
            del record["subject"]
        written.append(json.dumps(record, ensure_ascii=chance.random() < 0.5).encode())
    return tuple(written)


@lru_cache(maxsize=1)
def uncut() -> tuple[str, list[dict[str, object]]]:
    line = Line()
    line.process(records())
    return line.pipeline.digest(), line.sink.values()


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, ROWS), max_size=10))
def test_any_cut_gives_the_same_bits(cuts: list[int]) -> None:
    line = Line()
    for start, stop in pairwise(sorted({0, *cuts, ROWS})):
        line.process(records()[start:stop], start)
    assert (line.pipeline.digest(), line.sink.values()) == uncut()


@settings(max_examples=8, deadline=None)
@given(at=st.integers(0, ROWS))
def test_another_life_goes_on_from_a_checkpoint(at: int) -> None:
    line, again = Line(), Line()
    line.process(records()[:at])
    arrays = {name: array.copy() for name, array in line.pipeline.arrays().items()}
    again.pipeline.restore(line.pipeline.header({}), arrays)
    again.process(records()[at:], at)
    assert again.pipeline.digest() == uncut()[0]


@settings(max_examples=8, deadline=None)
@given(at=st.integers(0, ROWS - 1))
def test_another_future_is_the_same_past(at: int) -> None:
    line = Line()
    line.process([*records()[: at + 1], *reversed(records()[at + 1 :])])
    said = [one for one in uncut()[1] if isinstance(one["offset"], int) and one["offset"] <= at]
    assert line.sink.values()[: len(said)] == said


def test_the_stream_is_worth_it() -> None:
    """It is learned, its texts are cut, and its table is full."""
    line = Line()
    line.process(records())
    engine = line.pipeline.engine
    assert engine.metrics()["cumulative"]["accuracy"] > 0.6
    assert engine.state.features.categories.met == 150
    tokens = JsonDecoder(line.pipeline.schema).decode(records()).tokens
    assert tokens is not None
    assert np.diff(tokens.span).max() == MOST


def test_foretelling_says_what_comes_and_leaves_no_trace() -> None:
    line = Line()
    line.process(records()[: ROWS // 2])
    decoded = JsonDecoder(line.pipeline.schema).decode(records()[ROWS // 2 :])
    engine, before = line.pipeline.engine, line.pipeline.digest()
    foretold = engine.foretell(decoded.values, decoded.tokens)
    assert line.pipeline.digest() == before
    unlabelled = np.full(len(decoded.rows), np.nan)
    # each predicted as the next: the scaling and the table would know those before
    assert decoded.tokens is not None
    for row in range(6):
        one = decoded.tokens.of(np.array([row]))
        again = Line()
        again.pipeline.engine.fill({k: v.copy() for k, v in line.pipeline.engine.arrays().items()})
        said = again.pipeline.engine.run(decoded.values[row : row + 1], unlabelled[:1], one)
        assert said.answers.tolist() == foretold.answers[row : row + 1].tolist()


def test_a_label_that_comes_at_once_is_one_that_came_with_its_text() -> None:
    decoded = JsonDecoder(SCHEMA).decode(records())
    assert decoded.tokens is not None
    count = len(decoded.rows)
    truth = np.array([float(label or 0) for label in decoded.labels])
    inline, apart = Line().pipeline.engine, Line().pipeline.engine
    inline.run(decoded.values, truth, decoded.tokens)
    apart.hold(3)
    twice = np.repeat(np.arange(count), 2)
    events = np.tile([kernel.PREDICT, kernel.LEARN], count)
    said = apart.run_events(
        events, decoded.values[twice], truth[twice], twice % 3, tokens=decoded.tokens.of(twice)
    )
    assert len(said.said) == 2 * count
    assert apart.metrics() == inline.metrics()
    assert apart.state.model.weights.tobytes() == inline.state.model.weights.tobytes()


names = st.sampled_from(["subject", "body", "shop", "amount", "y"])
values = st.one_of(st.none(), st.text(max_size=30), st.integers(-9, 9), st.booleans())


@given(
    rows=st.lists(st.dictionaries(names, values, max_size=5), max_size=5),
    plain=st.booleans(),
    how=st.sampled_from([Tokenising(), Tokenising(2, (2, 3), 20)]),
)
@settings(max_examples=150, deadline=None)
def test_the_scanner_reads_texts_as_msgspec_does(
    rows: list[dict[str, object]], plain: bool, how: Tokenising
) -> None:
    fast, slow = _decoders(how)
    payload = [json.dumps(row, ensure_ascii=plain).encode() for row in rows]
    found, expected = fast.decode(payload), slow.decode(payload)
    assert found.rows.tolist() == expected.rows.tolist()
    assert found.rejects == expected.rejects
    assert found.tokens is not None
    assert expected.tokens is not None
    for mine, theirs in zip(found.tokens.span, expected.tokens.span, strict=True):
        assert np.diff(mine).tolist() == np.diff(theirs).tolist()
        whole = found.tokens.code[mine[0] : mine[-1]], expected.tokens.code[theirs[0] : theirs[-1]]
        assert whole[0].tolist() == whole[1].tolist()


@lru_cache(maxsize=2)
def _decoders(how: Tokenising) -> tuple[JsonDecoder, MsgspecDecoder]:
    schema = Schema(("amount",), "y", ("shop",), texts=("subject", "body"), tokenising=how)
    return JsonDecoder(schema), MsgspecDecoder(schema)


def test_the_library_learns_texts_and_goes_on_from_a_file(tmp_path: Path) -> None:
    rows = [json.loads(record) for record in records()]
    good = [row for row in rows if isinstance(row.get("body"), str)]
    limits = {"buckets": 150, "text_limit": MOST}
    tables = {"stream": {"label": "y"}, "features": limits}
    model = OnlineModel.from_config(tables, sample=good)
    assert (model.features, model.categories) == (("amount",), ("shop", "subject"))
    assert model.texts == ("body",)
    named = OnlineModel(
        features=["amount"], categories=["shop", "subject"], texts=["body"], scaling=limits
    )
    for each in (model, named):
        each.learn_many(good, [row["y"] for row in good])
    said = [each.predict_many(good).probabilities.tobytes() for each in (model, named)]
    assert said[0] == said[1]
    assert named.digest == model.digest
    assert model.metrics["cumulative"]["accuracy"] > 0.6
    model.save(tmp_path / "model")
    again = OnlineModel.load(tmp_path / "model")
    assert again.texts == ("body",)
    assert again.digest == model.digest
    assert again.predict(good[0]) == model.predict(good[0])
