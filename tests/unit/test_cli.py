"""The command's exit codes, and one clear message where something is wrong."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from streamlr import __version__, cli
from streamlr.checkpoint.store import Store
from streamlr.service import Service

BASE = """
name = "demo"
[source]
type = "simulator"
samples = 300
options = {{ features = 4 }}
[stream]
label = "target"
[schedule]
type = "constant"
[detector]
type = "none"
[web]
enabled = false
[log]
level = "error"
[checkpoint]
directory = "{folder}"
"""

ROWS = "".join(f"{row % 7},{row * row % 11},{row % 2}\n" for row in range(40))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a good configuration and files of all sorts."""
    (tmp_path / "good.toml").write_text(BASE.format(folder=tmp_path / "state"))
    (tmp_path / "rows.csv").write_text(f"a,b,y\n{ROWS}")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text("a,b,y\n")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


pytestmark = pytest.mark.usefixtures("own_signals")


def altered(folder: Path, *changes: tuple[str, str], more: str = "") -> str:
    """Write the good configuration with changes; return its name."""
    text = (folder / "good.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "other.toml").write_text(text + more)
    return "other.toml"


SIMULATOR = 'type = "simulator"\nsamples = 300\noptions = { features = 4 }'


def from_file(folder: Path, name: str, label: str = "y", **changes: str) -> str:
    return altered(
        folder,
        (SIMULATOR, f'type = "file"\npath = "{name}"'),
        ('label = "target"', f'label = "{label}"'),
        *changes.items(),
    )


def refused(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], code: int) -> str:
    """Run a command that fails; return its one message."""
    assert cli.main(arguments) == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert captured.out == ""
    (start,) = [line for line in captured.err.splitlines() if line.startswith("streamlr: ")]
    return captured.err[captured.err.index(start) :].rstrip("\n")


# --- a wrong configuration: 78 ----------------------------------------------------------------

COMMANDS = pytest.mark.parametrize("command", ["run", "check"])


@COMMANDS
def test_bad_toml(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    (folder / "bad.toml").write_text("[source\n")
    message = refused(capsys, [command, "bad.toml"], 78)
    assert message.startswith("streamlr: bad.toml is not valid TOML: ")
    assert "line 1" in message


@COMMANDS
def test_every_fault_is_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    name = altered(folder, ("[web]", "[web]\nprot = 1"), ("samples = 300", "samples = -1"))
    lines = refused(capsys, [command, name], 78).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("streamlr: [web] prot: unknown key (did you mean 'port'?)")
    assert lines[1].startswith("[source] samples = -1: ")


@COMMANDS
def test_a_wrong_value_in_the_environment(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("STREAMLR__WEB__PORT", "nonsense")
    message = refused(capsys, [command, "good.toml"], 78)
    assert message.startswith("streamlr: [web] port = 'nonsense': ")


def test_a_generator_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = altered(folder, ("samples = 300", 'stream = "nonsense"'))
    message = refused(capsys, ["run", name], 78)
    assert message.startswith("streamlr: [source] stream: unknown simulator 'nonsense'; allowed:")


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], "--bootstrap, --topic, --label missing"),
        (["--bootstrap", "b:1"], "--topic, --label missing"),
        (["--bootstrap", "b:1", "--label", "y"], "--topic missing"),
        (["--stdin"], "--label missing"),
    ],
)
def test_a_quick_start_needs_all_three(
    capsys: pytest.CaptureFixture[str], arguments: list[str], missing: str
) -> None:
    message = refused(capsys, ["run", *arguments], 78)
    assert message.startswith("streamlr: give a configuration file, or --bootstrap, --topic and")
    assert missing in message


def test_a_quick_start_has_one_source(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, ["run", "--stdin", "csv", "--label", "y", "--topic", "t"], 78)
    assert message == ("streamlr: --stdin takes the place of --bootstrap and --topic: give either")


def test_a_quick_start_with_an_empty_name(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "--bootstrap", "b:1", "--topic", "", "--label", "y"]
    assert "[source] topic = ''" in refused(capsys, arguments, 78)


def test_a_file_and_a_quick_start_are_too_much(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, ["run", "good.toml", "--topic", "t"], 78)
    assert message == ("streamlr: --topic: only without a configuration file; set it in good.toml")


@pytest.mark.parametrize(
    ("schedule", "part"),
    [
        ("nonsense", "[schedule] type = 'nonsense': schedules: there is no 'nonsense'"),
        ("constnt", "did you mean 'constant'?"),
        ("", "[schedule] type is missing; choose one of: "),
        ("constant:rate", "--schedule constant:rate: 'rate' is not KEY=VALUE"),
        ("constant:rate=0", "[schedule] rate = 0: "),
        ("constant:rate=fast", "[schedule] rate = 'fast': "),
        ("constant:speed=1", "[schedule] speed: unknown key; allowed: "),
    ],
)
def test_a_schedule_that_is_not_there(
    folder: Path, capsys: pytest.CaptureFixture[str], schedule: str, part: str
) -> None:
    arguments = ["backtest", "rows.csv", "--target", "y", "--schedule", schedule]
    assert part in refused(capsys, arguments, 78)


# --- something cannot be reached: 69 ----------------------------------------------------------


@COMMANDS
def test_a_missing_configuration(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    message = refused(capsys, [command, "none.toml"], 69)
    assert message == (
        "streamlr: cannot read the configuration none.toml: No such file or directory"
    )


def test_a_missing_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = "streamlr: [source] path: there is no file row.csv (did you mean 'rows.csv'?)"
    assert refused(capsys, ["run", from_file(folder, "row.csv")], 69) == expected
    assert refused(capsys, ["backtest", "row.csv", "--target", "y"], 69) == expected


def test_a_port_in_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        name = altered(folder, ("enabled = false", f"port = {port}"))
        message = refused(capsys, ["run", name], 69)
    assert message == (
        f"streamlr: [web] cannot listen on 127.0.0.1:{port}: Address already in use; "
        "choose another port (0: any free one), or enabled = false"
    )


# --- the data are not what was said: 65 -------------------------------------------------------


def test_a_label_of_a_wrong_type(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows.ndjson").write_text('{"a":1,"y":[1]}\n' * 3)
    message = refused(capsys, ["backtest", "rows.ndjson", "--target", "y"], 65)
    assert message == (
        "streamlr: [stream] label: 'y' holds lists or objects in the first 3 records; "
        "a label is a number, a text or a truth value"
    )


def test_a_name_that_does_not_tell_its_format(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rows.dat").write_text("a,y\n1,0\n2,1\n")
    message = refused(capsys, ["backtest", "rows.dat", "--target", "y"], 78)
    assert message.startswith("streamlr: [source] format: the name 'rows.dat' does not tell it")
    assert cli.main(["backtest", "rows.dat", "--target", "y", "--format", "csv"]) == 0


def test_no_such_column(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["run", from_file(folder, "rows.csv", label="z")],
        ["backtest", "rows.csv", "--target", "z"],
    ):
        message = refused(capsys, arguments, 65)
        assert message == (
            "streamlr: [stream] label: there is no field 'z' in the first 40 records; "
            "fields there: a, b, y"
        )


def test_no_such_column_among_those_declared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = from_file(folder, "rows.csv", **{"[stream]": '[stream]\nfeatures = ["a", "z"]'})
    message = refused(capsys, ["run", name], 65)
    assert message == "streamlr: [stream] there is no column 'z'; columns there: a, b, y"


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("empty.csv", "[source] path: empty.csv is empty"),
        ("header.csv", "the stream ended before its first record"),
    ],
)
def test_an_empty_file(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str, part: str
) -> None:
    for arguments in (["run", from_file(folder, file)], ["backtest", file, "--target", "y"]):
        assert part in refused(capsys, arguments, 65)


# --- something cannot be written: 73 ----------------------------------------------------------


def test_a_checkpoint_folder_that_cannot_be_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = altered(folder, (str(folder / "state"), "file/below"))
    message = refused(capsys, ["run", name], 73)
    assert message == (
        "streamlr: [checkpoint] directory: cannot write file/below/demo: Not a directory"
    )


def test_a_sink_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = altered(folder, more='[sink]\ntype = "file"\npath = "file/below"\n')
    assert "streamlr: [sink] path: cannot write file/below: " in refused(capsys, ["run", name], 73)


def test_results_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["backtest", "rows.csv", "--target", "y", "--schedule", "drift-boost"]
    message = refused(capsys, [*arguments, "--json", "file/below"], 73)  # before anything runs
    assert message == "streamlr: --json: cannot write file/below: file is no folder; create it"
    assert cli.main([*arguments, "--json", str(folder)]) == 73
    captured = capsys.readouterr()
    assert f"streamlr: --json: cannot write {folder}: Is a directory" in captured.err
    assert "drift-boost" in captured.out  # the table is not lost


def test_a_checkpoint_of_other_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "good.toml"]) == 0
    name = altered(folder, ('type = "constant"', 'type = "constant"\nrate = 0.5'))
    message = refused(capsys, ["run", name], 73)
    assert "[schedule] rate was 0.05, is 0.5" in message


# --- all is well: 0 ---------------------------------------------------------------------------


def test_a_good_configuration_is_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "good.toml"]) == 0
    assert capsys.readouterr().out == "good.toml is valid\n"
    assert not (folder / "state").exists()


def test_a_stream_that_ends(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "good.toml"]) == 0
    assert capsys.readouterr() == ("", "")
    stored = Store(folder / "state" / "demo", 3).newest()
    assert stored is not None
    assert stored[0].positions == {0: 300}


def test_predictions_on_standard_output(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    name = altered(folder, more='[sink]\ntype = "stdout"\n')
    assert cli.main(["run", name]) == 0
    assert capfdbinary.readouterr().out.count(b"\n") == 300


def test_the_environment_overrides_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLR__SOURCE__SAMPLES", "120")
    assert cli.main(["run", "good.toml"]) == 0
    stored = Store(folder / "state" / "demo", 3).newest()
    assert stored is not None
    assert stored[0].positions == {0: 120}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_endless_stream(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """It finishes the poll, writes a checkpoint and exits with 0."""
    turn = Service._turn
    turns: list[int] = []

    def turn_and_signal(running: Service) -> None:
        turn(running)
        turns.append(0)
        if len(turns) == 3:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Service, "_turn", turn_and_signal)
    name = altered(folder, ("samples = 300", "samples = 0"))
    assert cli.main(["run", name]) == 0
    assert len(turns) == 3
    stored = Store(folder / "state" / "demo", 3).newest()
    assert stored is not None
    assert stored[0].positions == {0: 4 * 2000}  # the first poll went into the schema


def test_an_interrupted_command_ends_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("streamlr.config.read", interrupt)
    assert cli.main(["check", "any.toml"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_live_view_sums_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "good.toml", "--live"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "300 records: accuracy " in captured.err


# --- the command line -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "run --nonsense", "check", "backtest f --target y --task x"],
)
def test_a_command_line_that_is_wrong_is_explained(
    capsys: pytest.CaptureFixture[str], line: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(line.split())
    assert caught.value.code == 2
    assert "usage: streamlr" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"streamlr {__version__}\n"


def test_it_runs_as_a_module(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streamlr", "check", "none.toml"],
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.count("\n") == 1
