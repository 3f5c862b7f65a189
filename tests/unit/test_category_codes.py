"""One value, one code: whoever reads it, compiled or not, on every machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.category_codes import Value, code, seed
from streamlr.decoders import columns, csv
from streamlr.decoders import json as json_lines
from streamlr.records import Schema

COLUMN = seed("colour")
SCHEMA = Schema((), "y", ("colour",))
FIXED: dict[Value, float] = {
    "": 1349573950679803,
    "red": 26481077317706,
    "München": 1910458568927591,
    7.5: 2064471323766548,
    True: 2106946661211556,
}
"""Codes that checkpoints of this format hold."""

TEXTS = ["", "r", "red", "grün", "12345678", "123456789", "a" * 7, "a" * 8, "a" * 9, "a" * 100]
NUMBERS = [0.0, 1.0, -1.0, 7.5, 1e300, 1e-300, 2.0**53]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
values = texts | finite | st.booleans()


@given(values, texts)
def test_a_code_is_a_whole_number_that_a_float_holds(value: Value, column: str) -> None:
    found = code(value, seed(column))
    assert found == int(found)
    assert 1 <= found <= 2**51


def test_codes_do_not_change() -> None:
    """They are in checkpoints: another hash would be another format."""
    assert {value: code(value, COLUMN) for value in FIXED} == FIXED


def test_values_that_are_equal_are_one() -> None:
    assert len({code(value, COLUMN) for value in (1, 1.0, True)}) == 1
    assert len({code(value, COLUMN) for value in (0, 0.0, -0.0, False)}) == 1


def test_a_text_is_not_the_number_that_it_shows() -> None:
    assert code("1", COLUMN) != code(1, COLUMN)


def test_different_values_have_different_codes() -> None:
    words = [f"{word}{number}" for word in ("", "a", "shop ", "x" * 30) for number in range(500)]
    found = {code(value, COLUMN) for value in words}
    found |= {code(value, COLUMN) for value in range(500)}
    assert len(found) == len(words) + 500


def test_zero_bytes_are_part_of_a_text() -> None:
    assert len({code("a" + "\0" * count, COLUMN) for count in range(12)}) == 12


def test_equal_values_of_different_columns_are_different() -> None:
    assert len({code("red", seed(name)) for name in ("colour", "color", "", "red")}) == 4


def read_as_json(value: Value) -> list[float]:
    """Return the codes that the scanner and msgspec read of it."""
    record = json.dumps({"colour": value, "y": 1}, ensure_ascii=False).encode()
    decoder = json_lines.JsonDecoder(SCHEMA)
    scanned = decoder._scanner.scan([record])
    found = decoder._reference.decode([record]).values[:, 0].tolist()
    if not len(scanned.unread):
        found += scanned.values[:, 0].tolist()
    return [float(value) for value in found]


@pytest.mark.parametrize("value", [*TEXTS, *NUMBERS, True, False])
def test_the_scanner_and_msgspec_give_the_same_code(value: Value) -> None:
    assert read_as_json(value) == [code(value, COLUMN)] * 2


@pytest.mark.parametrize("value", ['"', "\\", "\n", 'say "hello"'])
def test_what_the_scanner_leaves_to_msgspec_has_the_code_of_its_text(value: str) -> None:
    assert read_as_json(value) == [code(value, COLUMN)]


def read_as_csv(cell: str | None) -> float:
    frame = pl.DataFrame(
        {"colour": [cell], "y": ["1"]}, schema=dict.fromkeys(["colour", "y"], pl.String)
    )
    found: float = csv.CsvDecoder(SCHEMA).decode(frame).values[0, 0]
    return found


def test_a_cell_has_the_code_of_its_text_or_number() -> None:
    for text in ("red", "grün", "a" * 100, " red"):
        assert read_as_csv(text) == code(text, COLUMN)
    for number in NUMBERS:
        assert read_as_csv(repr(number)) == code(number, COLUMN)
    assert np.isnan(read_as_csv(None))


def test_a_column_of_numbers_has_their_codes() -> None:
    numbers = np.array([3.0, np.nan, -0.0, 3.0])
    decoder = columns.ColumnsDecoder(SCHEMA)
    found = decoder.decode({"colour": numbers, "y": np.zeros(4)}).values[:, 0].tolist()
    assert found[0] == found[3] == code(3, COLUMN)
    assert found[2] == code(0, COLUMN)
    assert np.isnan(found[1])


def told() -> list[str]:
    values: list[Value] = [*TEXTS, *NUMBERS, True]
    return [code(value, COLUMN).hex() for value in values]


def test_compiled_and_not_are_the_same_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.test_category_codes"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == told()


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump(told(), sys.stdout)
