"""``python -m simulators``: output, exit codes, and one line for each error."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulators import make, names
from simulators.command import main
from simulators.pace import Pace
from simulators.writers import WriteError, kafka

ROOT = Path(__file__).parents[3]


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command with wrong arguments and return its one line of complaint."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("simulators: ")
    assert err.count("\n") == 1
    return err


def rows_of(lines: list[str]) -> np.ndarray:
    return np.array([list(json.loads(line).values()) for line in lines])


def test_records_go_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sea", "--samples", "1500", "--seed", "3", "--set", "noise=0"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    expected = np.column_stack(make("sea", 3, noise=0).rows(0, 1_500))
    assert (rows_of(out.splitlines()) == expected).all()


@pytest.mark.parametrize("suffix", [".ndjson", ".ndjson.gz"])
def test_ndjson_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    assert main(["abrupt", "--samples", "1_100", "--file", str(path)]) == 0
    raw = gzip.decompress(path.read_bytes()) if suffix.endswith(".gz") else path.read_bytes()
    expected = np.column_stack(make("abrupt").rows(0, 1_100))
    assert (rows_of(raw.decode().splitlines()) == expected).all()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_csv_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    assert main(["regression", "--samples", "1100", "--file", str(path)]) == 0
    raw = gzip.decompress(path.read_bytes()) if suffix.endswith(".gz") else path.read_bytes()
    header, *lines = raw.decode().splitlines()
    assert header == ",".join([*make("regression").feature_names, "target"])
    expected = np.column_stack(make("regression").rows(0, 1_100))
    assert (np.array([line.split(",") for line in lines], np.float64) == expected).all()


def test_no_samples_make_no_records(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sea", "--samples", "0"]) == 0
    assert capfd.readouterr().out == ""
    assert main(["sea", "--samples", "0", "--file", str(tmp_path / "a.csv")]) == 0
    assert (tmp_path / "a.csv").read_text() == "x0,x1,x2,target\n"


def test_help_says_how(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "--change-points" in capfd.readouterr().out


def test_list_has_a_line_for_each_stream(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(names())


def test_change_points_are_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sea", "--samples", "40000", "--change-points"]) == 0
    assert json.loads(capfd.readouterr().out) == [12_500, 25_000, 37_500]
    assert main(["stationary", "--samples", "40000", "--change-points"]) == 0
    assert json.loads(capfd.readouterr().out) == []


def test_several_options_in_one_or_more_flags(capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--set", "drift_every=1_000", "noise=0", "--set", "features=2"]
    assert main(["abrupt", "--samples", "2500", "--change-points", *options]) == 0
    assert json.loads(capfd.readouterr().out) == [1_000, 2_000]


def test_a_rate_paces_the_records(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []
    monkeypatch.setattr(Pace, "wait", lambda _, record: waited.append(record))
    assert main(["sea", "--samples", "100", "--rate", "800"]) == 0
    assert waited == [0, 40, 80]
    assert len(capfd.readouterr().out.splitlines()) == 100


def test_kafka_gets_json_records(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Recorder:
        def __init__(self, *arguments: object) -> None:
            self.arguments = arguments
            self.records: list[bytes] = []
            self.finished = False
            made.append(self)

        def write(self, records: list[bytes]) -> None:
            assert not self.finished
            self.records += records

        def finish(self) -> None:
            self.finished = True

    monkeypatch.setattr(kafka, "KafkaWriter", Recorder)
    to = ["--kafka", "a:1,b:2", "--topic", "rows", "--partition", "4"]
    assert main(["sea", "--samples", "1100", *to]) == 0
    (writer,) = made
    assert writer.arguments == ("a:1,b:2", "rows", 4)
    assert writer.finished
    expected = np.column_stack(make("sea").rows(0, 1_100))
    assert (rows_of([record.decode() for record in writer.records]) == expected).all()


def test_a_broker_that_is_not_there_is_one_line_and_code_1(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_REACH_SECONDS", 0.5)
    assert main(["sea", "--samples", "1", "--kafka", "127.0.0.1:1", "--topic", "rows"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("simulators: Kafka at 127.0.0.1:1, topic 'rows': no answer in 0.5 s: ")
    assert err.count("\n") == 1


def test_an_unwritable_file_is_one_line_and_code_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none" / "rows.csv"
    assert main(["sea", "--samples", "1", "--file", str(path)]) == 1
    expected = f"simulators: cannot write {path}: No such file or directory\n"
    assert capfd.readouterr().err == expected


def test_a_write_that_fails_midway_lets_go_of_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned = []

    class Failing:
        def __init__(self, *_: object) -> None: ...

        def write(self, records: list[bytes]) -> None:
            raise WriteError(f"no room for {len(records)}")

        def abandon(self) -> None:
            abandoned.append(self)

    monkeypatch.setattr(kafka, "KafkaWriter", Failing)
    assert main(["sea", "--samples", "1", "--kafka", "a:1", "--topic", "rows"]) == 1
    assert len(abandoned) == 1


def test_an_interrupt_ends_with_130_and_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Pace, record: int) -> None:
        if record:
            raise KeyboardInterrupt

    monkeypatch.setattr(Pace, "wait", interrupt)
    path = tmp_path / "rows.ndjson"
    assert main(["sea", "--samples", "5000", "--file", str(path)]) == 130
    assert len(path.read_text().splitlines()) == 1_024


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "NAME is missing: --list prints every stream"),
        (["sea"], "--samples is missing"),
        (["nope", "--samples", "1"], "unknown simulator 'nope'; allowed: abrupt, agrawal"),
        (["sea", "--samples", "-1"], "'-1' must be an integer, 0 or more"),
        (["sea", "--samples", "many"], "'many' must be an integer, 0 or more"),
        (["sea", "--samples", "1", "--seed", str(2**64)], "must be an integer from 0 to"),
        (["sea", "--samples", "1", "--rate", "0"], "'0' must be a number above 0"),
        (["sea", "--samples", "1", "--rate", "nan"], "'nan' must be a number above 0"),
        (["sea", "--samples", "1", "--rate", "fast"], "'fast' must be a number above 0"),
        (["sea", "--samples", "1", "--set", "noise"], "'noise' must be KEY=VALUE"),
        (["sea", "--samples", "1", "--set", "seed=2"], "'seed=2': the seed has a flag of its own"),
        (["sea", "--samples", "1", "--set", "noise=2"], "noise=2 must be a number from 0 to 0.5"),
        (["sea", "--samples", "1", "--set", "noise=x"], "noise='x' must be a number from 0 to 0.5"),
        (["sea", "--samples", "1", "--set", "nois=0"], "unknown option nois=0; allowed: drift_ev"),
        (["sea", "--samples", "1", "--file", "a.txt"], "'a.txt' must end in one of .csv,"),
        (["sea", "--samples", "1", "--kafka", "a:1"], "--kafka needs --topic"),
        (["sea", "--samples", "1", "--kafka", "a", "--topic", "t"], "'a' must be HOST:PORT"),
        (["sea", "--samples", "1", "--kafka", "a:0", "--topic", "t"], "'a:0' must be HOST:PORT"),
        (["sea", "--samples", "1", "--topic", "t"], "--topic and --partition need --kafka"),
        (["sea", "--samples", "1", "--partition", "0"], "--topic and --partition need --kafka"),
        (["sea", "--samples", "1", "--kafka", "a:1", "--file", "a.csv"], "not allowed with"),
        (["sea", "--samp", "1"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(
    capfd: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert complaint in refused(capfd, *arguments)


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    command = [sys.executable, "-m", "simulators", "abrupt", "--samples", "1_000_000"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["target"] in (0, 1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    command = [sys.executable, "-m", "simulators", "--list"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, timeout=30, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"simulators: cannot write standard output: No space left on device\n"
