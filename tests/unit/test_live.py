"""The live view, in a terminal and in a log."""

import io
import math
from collections import deque

import pytest
from rich.console import Console

from streamlr import config
from streamlr import live as subject
from streamlr.live import LiveView
from streamlr.service import Service


def configuration(**source: object) -> config.Configuration:
    return config.build(
        {
            "source": {
                "type": "simulator",
                "samples": 3000,
                "options": {"features": 4, "drift_every": 1000},
                **source,
            },
            "stream": {"label": "target"},
            "schedule": {"type": "constant"},
            "detector": {"type": "none"},
            "loop": {"poll_records": 500},
            "web": {"enabled": False},
            "log": {"level": "error"},
        }
    )


class Clock:
    """Two seconds pass at every look."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 2.0
        return self.now


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, **source: object) -> str:
    monkeypatch.setattr(subject, "time", Clock())
    out = io.StringIO()
    view = LiveView(configuration(**source), Console(file=out, force_terminal=terminal, width=120))
    service = Service(configuration(**source), view.update)
    with view:
        service.run()
    view.summarise(service)
    return out.getvalue()


def test_a_terminal_gets_a_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True)
    assert "streamlr · streamlr · schedule constant" in text
    for row in ("records", "accuracy", "learning rate", "log-loss", "drift alarms"):
        assert row in text
    assert "3,000 of 3,000" in text
    assert "(the simulator drifted 2 times)" in text
    assert "\x1b[?25l" in text
    assert text.count("\x1b[?25h") == 1  # the cursor is back


def test_a_log_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=False)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0].split()[1] == "records"
    assert "learning rate 0.05" in lines[0]
    assert any(line.startswith("3,000 records: accuracy ") for line in lines)


def test_the_summary_tells_of_each_known_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=False)
    assert "the learning rate around each known drift" in text
    rows = [line for line in text.splitlines() if "0.05" in line and "│" in line]
    assert [row.split("│")[1].strip() for row in rows] == ["1,000", "2,000"]


def test_a_stream_without_drift_has_no_such_table(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=False, stream="stationary", options={"features": 4})
    assert "known drift" not in text


def test_a_view_that_never_saw_a_record_says_so() -> None:
    out = io.StringIO()
    view = LiveView(configuration(), Console(file=out))
    view.summarise(Service(configuration(), view.update))
    assert out.getvalue() == "stopped before the first record came\n"


@pytest.mark.parametrize(
    ("values", "bars"),
    [([], ""), ([0.0, 0.5, 1.0], "▁▅█"), ([-1.0, 2.0, math.nan], "▁█")],
)
def test_a_plot_is_a_row_of_bars(values: list[float], bars: str) -> None:
    assert subject._plot(deque(values), 0.0, 1.0) == bars


@pytest.mark.parametrize(
    ("values", "bars"),
    [([], ""), ([0.1], "▁"), ([0.1, 0.1], "▁▁"), ([0.001, 0.1, 10.0], "▁▅█")],
)
def test_rates_are_plotted_on_a_log_scale(values: list[float], bars: str) -> None:
    assert subject._log_plot(deque(values)) == bars
