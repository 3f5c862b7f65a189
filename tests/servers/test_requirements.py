"""What is missing skips a test, or fails it on CI."""

import sys

import pytest

from tests.servers.requirements import require_package


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_missing_package(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match=r"`torch` is not installed: .*streamlr\[torch\]"):
        require_package("torch")


def test_a_package_that_is_there() -> None:
    assert require_package("sys") is sys
