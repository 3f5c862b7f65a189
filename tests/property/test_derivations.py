"""All derivations at once: what they make of a stream, and that they never look ahead."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import config, key_table
from streamlr.deriving import Deriver
from streamlr.library.rows import Rows
from streamlr.records import Decoded, Schema
from tests.reference.plain_derivations import Calendar, Cross, History, Ratio, Recency

SCHEMA = Schema(("amount", "price"), "y", ("shop",))
ZONE = "Europe/Oslo"
KEYS = 3  # fewer than there are: so that keys are forgotten
TABLES: list[dict[str, Any]] = [
    {
        "type": "calendar",
        "field": "at",
        "parts": ["hour", "weekday", "day", "month"],
        "time_zone": ZONE,
    },
    {"type": "ratio", "numerator": "amount", "denominator": "price"},
    {"type": "recency", "key": "card", "time": "at", "keys": KEYS},
    {"type": "recency", "key": "shop", "keys": KEYS},
    {"type": "history", "key": "card", "keys": KEYS, "targets": 2},
    {"type": "history", "targets": 3},
    {"type": "cross", "fields": ["shop", "card"]},
    {"type": "calendar", "field": "at", "form": "category", "name": "clock", "parts": ["hour"]},
    {"type": "cross", "fields": ["clock.hour", "amount"]},  # of a derived column, and of a number
]


@pytest.fixture(autouse=True, scope="module")
def _little_room() -> Iterator[None]:
    """So that tables grow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_table, "FIRST_ROOM", 1)
        yield


class One(NamedTuple):
    """A record and its label, NaN for none."""

    record: dict[str, Any]
    label: float


def deriver(task: str = "regression") -> Deriver:
    built = config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "y", "task": task},
            "derive": TABLES,
        }
    )
    return Deriver(built.derive, task, SCHEMA)


def columns(
    subject: Deriver, stream: Iterable[One], cuts: Iterable[int] = (), *, remember: bool = True
) -> np.ndarray:
    """What the model sees, the stream cut into polls there."""
    stream = list(stream)
    read, found = Rows(subject.reads), [np.empty((0, width(subject)))]
    for begin, end in pairwise([0, *sorted(cuts), len(stream)]):
        records = [one.record for one in stream[begin:end]]
        truth = np.array([one.label for one in stream[begin:end]])
        rows, labels = np.arange(end - begin), [None] * (end - begin)
        decoded = Decoded(rows, read.read(records)[0], labels, [], None, read.times(records))
        found.append(subject.values(decoded, truth, remember=remember))
    return np.vstack(found)


def width(subject: Deriver) -> int:
    return len(subject.shows.features) + len(subject.shows.categories)


def column(subject: Deriver, found: np.ndarray, name: str) -> np.ndarray:
    place: int = (subject.shows.features + subject.shows.categories).index(name)
    return found[:, place]


times = st.integers(1_700_000_000, 1_700_400_000)  # over a change of the clocks, in any order
records = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([None, 0.0, 1.0, 2.5]),
        "price": st.sampled_from([None, 0.0, 2.0, 4.0]),
        "shop": st.sampled_from([None, "a", "b", "c", "d"]),
        "card": st.sampled_from([None, 1, 2, 3, 4, 5, "1"]),
        "at": st.none() | times,
    }
)
streams = st.lists(
    st.builds(One, records, st.sampled_from([math.nan, -1.0, 0.0, 1.5, 3.0])), max_size=40
)


@given(streams)
def test_each_is_what_it_is_in_plain_python(stream: list[One]) -> None:
    subject = deriver()
    found = columns(subject, stream)
    parts = ("hour", "weekday", "day", "month")
    plain: dict[tuple[str, ...], Any] = {
        tuple(f"at.{part}.{wave}" for part in parts for wave in ("sin", "cos")): Calendar(
            "at", ZONE
        ),
        ("amount/price",): Ratio("amount", "price"),
        ("card.count", "card.since"): Recency("card", "at", KEYS),
        ("shop.count", "shop.since"): Recency("shop", None, KEYS),
        ("card.past.1", "card.past.2", "card.past.mean"): History("card", 2, KEYS),
        ("past.1", "past.2", "past.3", "past.mean"): History("", 3, 1),
    }
    for names, reference in plain.items():
        expected = [reference.look(*one) for one in stream]
        got = np.array([column(subject, found, name) for name in names]).T
        np.testing.assert_allclose(got, np.array(expected).reshape(got.shape), 1e-12, 1e-12)


@given(streams)
def test_a_cross_has_a_value_for_each_combination(stream: list[One]) -> None:
    subject, reference = deriver(), Cross("shop", "card")
    found = column(subject, columns(subject, stream), "shop*card").tolist()
    expected = [said for one in stream for said in reference.look(*one)]
    assert np.isnan(found).tolist() == np.isnan(expected).tolist()
    pairs = {(one, other) for one, other in zip(found, expected, strict=True) if one == one}  # noqa: PLR0124 - NaN
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


@given(streams, st.integers(0, 40), streams)
def test_another_future_leaves_the_past_as_it_was(
    stream: list[One], now: int, future: list[One]
) -> None:
    """Of the record itself the label is the future too."""
    past, subject, other = stream[: now + 1], deriver(), deriver()
    changed = [*past[:-1], *(one._replace(label=7.0) for one in past[-1:]), *future]
    found, expected = columns(subject, changed), columns(other, stream)
    assert found[: len(past)].tobytes() == expected[: len(past)].tobytes()


@given(streams, st.lists(st.integers(0, 40), max_size=8))
def test_polls_leave_no_trace(stream: list[One], cuts: list[int]) -> None:
    whole, cut = deriver(), deriver()
    expected = columns(whole, stream)
    found = columns(cut, stream, [min(at, len(stream)) for at in cuts])
    assert found.tobytes() == expected.tobytes()
    assert contents(cut) == contents(whole)


@given(streams, st.integers(0, 40))
def test_it_goes_on_where_it_stood(stream: list[One], at: int) -> None:
    whole, first, second = deriver(), deriver(), deriver()
    expected = columns(whole, stream)
    begun = columns(first, stream[:at])
    second.fill({name: array.copy() for name, array in first.arrays().items()})
    found = np.vstack([begun, columns(second, stream[at:])])
    assert found.tobytes() == expected.tobytes()
    assert contents(second) == contents(whole)


@given(streams, records)
def test_asking_leaves_no_trace_and_is_told_what_comes(
    stream: list[One], record: dict[str, Any]
) -> None:
    subject = deriver()
    columns(subject, stream)
    before = contents(subject)
    asked = columns(subject, [One(record, math.nan)] * 2, remember=False)
    assert contents(subject) == before
    expected = columns(subject, [One(record, 1.0)]).tobytes()
    assert [row.tobytes() for row in asked] == [expected] * 2


def contents(subject: Deriver) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in subject.arrays().items()}


@pytest.mark.parametrize(("task", "share"), [("binary", [math.nan, 1.0, 0.5]), ("multiclass", [])])
def test_past_classes_are_categories(task: str, share: list[float]) -> None:
    subject = deriver(task)
    nothing = dict.fromkeys(("amount", "price", "shop", "card", "at"))
    found = columns(subject, [One(nothing, label) for label in (1.0, 0.0, 1.0)])
    assert ("past.mean" in subject.shows.features) == bool(share)
    assert {"past.1", "past.2", "past.3"} <= {*subject.shows.categories}
    latest, before = (column(subject, found, name) for name in ("past.1", "past.2"))
    assert np.isnan(latest).tolist() == [True, False, False]
    assert np.isnan(before).tolist() == [True, True, False]
    assert latest[1] != latest[2]
    if share:
        np.testing.assert_array_equal(column(subject, found, "past.mean"), share)
