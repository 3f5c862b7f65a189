"""Which tests share a process, where they run in several: those that share kernels."""

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_CASE = re.compile(r"\w+-\w+-(?:binary|multiclass|regression)(?:-categories)?(?:-maps|-network)?")
"""A case of `tests.contract.engines`, in a test's name."""

_WHOLE = "tests/property/test_jit.py"
"""Stays together: its answers in plain Python are made once for the file."""


class _ByKernel(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """The tests of a case stay together, whatever their file; the others of a file as well.

    Else all processes would compile the same kernel at the same time, and then the next.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        case = _CASE.search(test)
        return case[0] if case and file != _WHOLE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByKernel | None:
    """Divide them so with ``--dist loadfile``."""
    return _ByKernel(config, log) if config.getoption("dist") == "loadfile" else None
