"""Log lines on standard error, for a person or for a collector."""

import json

import pytest
import structlog

from streamlr.config import LogConfig
from streamlr.telemetry import logs


def log_lines(capsys: pytest.CaptureFixture[str], **values: str) -> list[str]:
    logs.configure(LogConfig.model_validate(values))
    log = structlog.get_logger()
    log.debug("a debug line", number=1)
    log.info("an info line", text="ü")
    log.warning("a warning")
    log.error("an error")
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


@pytest.mark.parametrize(
    ("level", "lines"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)]
)
def test_the_level_decides_what_is_told(
    capsys: pytest.CaptureFixture[str], level: str, lines: int
) -> None:
    assert len(log_lines(capsys, level=level)) == lines


def test_a_collector_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(log_lines(capsys, format="json")[0])
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "an info line", "level": "info", "text": "ü"}


def test_a_person_gets_words_and_no_colours_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    line = log_lines(capsys, format="console")[0]
    assert "an info line" in line
    assert "text=ü" in line
    assert "\x1b" not in line


def test_an_exception_is_a_field_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogConfig(format="json"))
    try:
        int("why")
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]
