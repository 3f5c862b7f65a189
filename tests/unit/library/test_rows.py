"""Records of Python: read as the JSON decoder reads the same, or refused with what to give."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.decoders.json import MsgspecDecoder
from streamlr.errors import DataError
from streamlr.library.rows import Records, Rows
from streamlr.records import Schema

SCHEMA = Schema(("a", "b"), "y", ("c",))
ROWS = Rows(SCHEMA)


def matrix(records: Records) -> np.ndarray:
    return ROWS.read(records)[0]


scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats()
records = st.fixed_dictionaries(
    {}, optional={"a": scalars, "b": scalars, "c": scalars | st.text(), "other": st.text()}
)


def as_json(record: dict[str, Any]) -> bytes:
    """Return the record as JSON, which has no word for what is not finite."""
    finite = {
        name: value
        for name, value in record.items()
        if not (isinstance(value, float) and not math.isfinite(value))
    }
    return json.dumps(finite).encode()


def bits(values: np.ndarray) -> bytes:
    """Return them with one NaN for all: its sign and payload mean nothing."""
    return np.where(np.isnan(values), np.nan, values).tobytes()


def is_finite(record: dict[str, Any]) -> bool:
    return not any(isinstance(value, float) and math.isinf(value) for value in record.values())


@given(st.lists(records.filter(is_finite), max_size=4))
def test_a_record_is_read_as_json_is(given_: list[dict[str, Any]]) -> None:
    decoded = MsgspecDecoder(SCHEMA).decode([as_json(record) for record in given_])
    assert not decoded.rejects
    assert bits(matrix(given_)) == bits(decoded.values)


def test_scalars_of_numpy_are_as_good() -> None:
    ours = {"a": 0.5, "b": True, "c": "NO"}
    theirs = {"a": np.float32(0.5), "b": np.bool_(1), "c": np.str_("NO")}
    assert matrix([theirs]).tobytes() == matrix([ours]).tobytes()


def test_nan_is_missing_and_infinity_is_not() -> None:
    [[a, b, c]] = matrix([{"a": math.nan, "b": -math.inf, "c": math.nan}])
    assert math.isnan(a)
    assert b == -math.inf
    assert math.isnan(c)


def test_an_array_has_a_column_a_field() -> None:
    array = np.array([[1, 2, 3], [4, 5, 6]])
    as_records = [dict(zip("abc", row, strict=True)) for row in array.tolist()]
    assert matrix(array).tobytes() == matrix(as_records).tobytes()


def test_an_array_is_copied() -> None:
    array = np.ones((1, 2))
    read = Rows(Schema(("a", "b"), "y")).read(array)[0]
    assert not np.shares_memory(read, array)


def test_no_record_is_no_row() -> None:
    assert matrix([]).shape == (0, 3)
    assert ROWS.labels([], 0) == []


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        (
            [{"a": 1.0}, {"b": "warm"}],
            "record 1: field 'b' is 'warm', which is not a number; give an int, a float, a bool",
        ),
        ([{"a": [1]}], r"record 0: field 'a' is \[1\], which is not a number"),
        ([{"a": 10**400}], "record 0: field 'a' is 1000"),
        ([{"c": b"NO"}], "record 0: field 'c' is b'NO', which is neither a text nor a number"),
        ([{"c": "\ud800"}], "record 0: field 'c' is '\\\\ud800'; it holds a lone surrogate"),
        ([[1.0, 2.0]], "record 0 is of list; give a mapping of field to value, or all records as"),
        (np.ones(3), r"an array of shape \(3,\): give \[records, 3\], its columns a, b, c"),
        (np.ones((2, 2)), r"an array of shape \(2, 2\): give \[records, 3\]"),
        (np.full((1, 3), "x"), "an array of <U1: give numbers"),
    ],
)
def test_what_cannot_be_read_is_refused(given_: Any, told: str) -> None:  # noqa: ANN401
    with pytest.raises(DataError, match=told):
        matrix(given_)


def test_labels_are_pythons_own() -> None:
    given_ = [np.int64(3), np.float64(0.5), np.str_("up"), np.bool_(1), None, math.nan, "up", 2**80]
    read = ROWS.labels(given_, len(given_))
    assert read == [3, 0.5, "up", True, None, None, "up", 2**80]
    assert [type(label) for label in read[:4]] == [int, float, str, bool]


def test_labels_of_an_array_are_those_of_a_list() -> None:
    assert ROWS.labels(np.array([1.0, np.nan]), 2) == [1.0, None]
    assert ROWS.labels(np.array(["a", "b"]), 2) == ["a", "b"]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["a"], "2 records and 1 labels; give a label, or None, for each"),
        (["a", ("b",)], r"record 1: the label is \('b',\); give a bool, an int, a float or a str"),
        (["a", math.inf], "record 1: the label is inf; it must be finite, or None where there is"),
        (["\udcff", "a"], "record 0: the label is '\\\\udcff'; it holds a lone surrogate"),
        (np.ones((2, 1)), r"record 0: the label is \[1.0\]; give a bool"),
    ],
)
def test_what_can_be_no_label_is_refused(labels: Any, told: str) -> None:  # noqa: ANN401
    with pytest.raises(DataError, match=told):
        ROWS.labels(labels, 2)


WORDS = Schema(("a",), "y", ("c",), texts=("t",))


@given(st.lists(records.filter(is_finite), max_size=3), st.lists(st.text(), min_size=3, max_size=3))
def test_words_are_those_of_json(given_: list[dict[str, Any]], texts: list[str]) -> None:
    given_ = [{**record, "t": text} for record, text in zip(given_, texts, strict=False)]
    decoded = READS_WORDS[0].decode([as_json(record) for record in given_])
    values, tokens = READS_WORDS[1].read(given_)
    assert bits(values) == bits(decoded.values)
    assert tokens is not None
    assert decoded.tokens is not None
    assert tokens.span.tolist() == decoded.tokens.span.tolist()
    assert tokens.code.tolist() == decoded.tokens.code.tolist()


READS_WORDS = MsgspecDecoder(WORDS), Rows(WORDS)


def test_what_is_no_text_is_refused_and_nan_is_missing() -> None:
    with pytest.raises(DataError, match="field 't' is 3, which is not a text; give a str"):
        READS_WORDS[1].read([{"t": 3}])
    with pytest.raises(DataError, match=r"field 't' is .* lone surrogate"):
        READS_WORDS[1].read([{"t": "\ud800"}])
    with pytest.raises(DataError, match=r"an array, which holds no texts \(t\)"):
        READS_WORDS[1].read(np.zeros((1, 3)))
    _, tokens = READS_WORDS[1].read([{"t": math.nan}])
    assert tokens is not None
    assert tokens.span.tolist() == [[0, 0]]
