"""Errors for a person carry the code that the command exits with."""

import pytest

from streamlr import errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError("x"), 78),
        (errors.UnavailableError("x"), 69),
        (errors.DataError("x"), 65),
        (errors.StorageError("x"), 73),
        (errors.StreamlrError("x"), 70),
    ],
)
def test_exit_codes_are_those_of_sysexits(error: errors.StreamlrError, code: int) -> None:
    assert error.exit_code == code
    assert str(error) == "x"


def test_each_fault_is_a_line() -> None:
    error = errors.ConfigurationError("one", "two")
    assert str(error) == "one\ntwo"
    assert error.faults == ("one", "two")
