"""``python -m benchmarks``: the list, the files it writes, exit codes."""

import json
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.harness import registry
from benchmarks.harness.command import main
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread


class Fake:
    """Something short."""

    def __init__(self, measure: Callable[[], Report]) -> None:
        self.__doc__ = "Something short.\n\nIn detail."
        self._measure = measure

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repeats")

    def measure(self, asked: Namespace) -> Report:
        return self._measure()


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Report]], None]]:
    def only(measure: Callable[[], Report]) -> None:
        monkeypatch.setattr(registry, "names", lambda: ("fake",))
        monkeypatch.setattr(registry, "load", lambda _name: Fake(measure))

    before = signal.getsignal(signal.SIGTERM)
    yield only
    signal.signal(signal.SIGTERM, before)


def succeed() -> Report:
    return Report({"speed": Spread.of(1.0, 2.0, 4.0)}, {})


def test_without_a_name_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(registry.names())
    assert "ingest" in listed


def test_figures_go_to_the_file_and_the_table_to_the_terminal(
    offer: Callable[[Callable[[], Report]], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offer(succeed)
    path = tmp_path / "figures.json"
    assert main(["fake", "--json", str(path)]) == 0
    written = json.loads(path.read_text())
    assert set(written) == {"figures", "machine", "commit"}
    assert written["figures"] == {"speed": 2.0}
    assert "speed" in capsys.readouterr().out


def test_a_failure_is_one_message(
    offer: Callable[[Callable[[], Report]], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> Report:
        raise BenchmarkError("no broker")

    offer(fail)
    path = tmp_path / "figures.json"
    assert main(["fake", "--json", str(path)]) == 1
    assert capsys.readouterr().err == "benchmarks fake: no broker\n"
    assert not path.exists()


@pytest.fixture
def _not_ignored() -> Iterator[None]:
    """A shell has its background jobs ignore SIGINT, and this may be part of one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_not_ignored")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_unwinds_the_stack(
    offer: Callable[[Callable[[], Report]], None], number: signal.Signals, code: int
) -> None:
    unwound = []

    def interrupted() -> Report:
        try:
            signal.raise_signal(number)
        finally:
            unwound.append(number)
        return succeed()

    offer(interrupted)
    with pytest.raises(SystemExit) as left:
        sys.exit(main(["fake"]))
    assert left.value.code == code
    assert unwound == [number]


@pytest.mark.parametrize("wrong", [["nothing"], ["fake", "--json", "/nowhere/figures.json"]])
def test_wrong_arguments(
    offer: Callable[[Callable[[], Report]], None],
    wrong: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    offer(succeed)
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err
