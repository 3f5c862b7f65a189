"""Names, seeds and descriptions."""

import pytest

from simulators import make, names
from simulators.registry import describe


@pytest.mark.parametrize("name", ["nope", "", "__init__", "../abrupt", "Abrupt"])
def test_an_unknown_name_is_refused_with_those_allowed(name: str) -> None:
    with pytest.raises(ValueError, match="unknown simulator") as refusal:
        make(name)
    assert repr(name) in str(refusal.value)
    assert ", ".join(names()) in str(refusal.value)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "7", None, True])
def test_a_seed_out_of_range_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match="must be an integer from 0 to 18446744073709551615") as no:
        make("abrupt", seed=seed)  # type: ignore[arg-type]
    assert f"seed={seed!r}" in str(no.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"features=1 must be .*; noise=-1 must be"):
        make("abrupt", features=1, noise=-1)


@pytest.mark.parametrize("name", names())
def test_a_description_is_one_line_with_the_defaults(name: str) -> None:
    line = describe(name)
    assert "\n" not in line
    assert line.endswith(")")
    assert "=" in line
