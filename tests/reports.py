"""How a failure reads: what was wrong in its last line, however much a server had to say."""

from collections.abc import Generator
from typing import Any

import pytest

_MOST_LINES = 30
"""Of each thing a test printed or logged."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Keep the end of what was captured, and the first line of the message for the summary.

    Where CI is set, pytest's summary repeats whole messages. Ours carry the end of a server's log,
    and after it nobody would see what had failed.
    """
    report = yield
    report.sections = [(title, _end(text)) for title, text in report.sections]
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = crash.message.partition("\n")[0]
    return report


def _end(text: str) -> str:
    lines = text.splitlines(keepends=True)
    left_out = len(lines) - _MOST_LINES
    return text if left_out <= 0 else f"… {left_out} lines\n{''.join(lines[-_MOST_LINES:])}"
