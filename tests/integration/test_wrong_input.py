"""What a person sees who got something wrong: one clear message, the right exit code."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.kafka import KafkaBroker
from tests.servers.ports import free_ports

CONFIGURATION, UNAVAILABLE, DATA, CANNOT_WRITE = 78, 69, 65, 73


def complaint(folder: Path, tables: dict[str, Any]) -> tuple[int, str]:
    """Run a configuration that cannot work; its exit code and message."""
    with Daemon(folder, tables) as daemon:
        code = daemon.run()
        lines = daemon.lines()
    assert not any("Traceback" in line for line in lines), lines
    said = [line for line in lines if line.startswith("streamlr: ")]
    assert len(said) == 1, lines
    return code, said[0]


def kafka_tables(bootstrap: str, topic: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any table
    """A configuration that reads a topic to its end."""
    source = {
        "type": "kafka",
        "bootstrap": bootstrap,
        "topic": topic,
        "stop_at": "end",
        "startup_seconds": 3,
    }
    return {"source": source, "stream": {"label": LABEL}, **more}


def test_broker_down(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    code, said = complaint(tmp_path, kafka_tables(address, "records"))
    assert code == UNAVAILABLE
    assert address in said
    assert "[source] bootstrap" in said
    assert "refused" in said


def test_host_that_does_not_exist(tmp_path: Path) -> None:
    code, said = complaint(tmp_path, kafka_tables("no-such-host.invalid:9092", "records"))
    assert code == UNAVAILABLE
    assert "no-such-host.invalid:9092" in said


def test_port_of_something_else(tmp_path: Path, kafka: KafkaBroker) -> None:
    """The controller's port answers, but is no broker's."""
    port = kafka.address("CONTROLLER")
    code, said = complaint(tmp_path, kafka_tables(port, "records"))
    assert code == UNAVAILABLE
    assert port in said


def test_missing_topic(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    code, said = complaint(tmp_path, kafka_tables(kafka.bootstrap, f"{topic}s"))
    assert code == UNAVAILABLE
    assert f"'{topic}s'" in said
    assert f"topics there: {topic}" in said  # what there is, the likest first


def test_missing_partition(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    tables = kafka_tables(kafka.bootstrap, topic)
    tables["source"]["partitions"] = [0, 7]
    code, said = complaint(tmp_path, tables)
    assert code == UNAVAILABLE
    assert "no partition 7" in said


def test_missing_predictions_topic(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    kafka.produce(topic, phishing(10))
    sink = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": "nowhere"}
    code, said = complaint(tmp_path, kafka_tables(kafka.bootstrap, topic, sink=sink))
    assert code == UNAVAILABLE
    assert "[sink] topic: 'nowhere'" in said


def test_no_such_column(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    kafka.produce(topic, phishing(10))
    tables = kafka_tables(kafka.bootstrap, topic)
    tables["stream"]["label"] = "phish"
    code, said = complaint(tmp_path, tables)
    assert code == DATA
    assert "'phish'" in said
    assert LABEL in said  # the fields there are


def test_unwritable_checkpoint_folder(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    folder = str(tmp_path / "file" / "checkpoints")
    tables = kafka_tables(kafka.bootstrap, topic, checkpoint={"directory": folder})
    code, said = complaint(tmp_path / "daemon", tables)
    assert code == CANNOT_WRITE
    assert folder in said


def test_unknown_property_of_librdkafka(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    tables = kafka_tables(kafka.bootstrap, topic)
    tables["source"]["options"] = {"sasl.mechanizm": "PLAIN"}
    code, said = complaint(tmp_path, tables)
    assert code == CONFIGURATION
    assert "sasl.mechanizm" in said


def test_checkpoint_of_another_schedule(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    kafka.produce(topic, phishing(200))
    checkpoint = {"directory": str(tmp_path / "checkpoints")}
    with Daemon(
        tmp_path / "first", kafka_tables(kafka.bootstrap, topic, checkpoint=checkpoint)
    ) as daemon:
        assert daemon.run() == 0
    other = kafka_tables(
        kafka.bootstrap, topic, checkpoint=checkpoint, schedule={"type": "constant"}
    )
    code, said = complaint(tmp_path / "second", other)
    assert code == CANNOT_WRITE
    assert "[schedule] type was 'race', is 'constant'" in said


def test_topic_made_anew_under_a_checkpoint(tmp_path: Path, kafka: KafkaBroker, topic: str) -> None:
    kafka.produce(topic, phishing(200))
    tables = kafka_tables(
        kafka.bootstrap, topic, checkpoint={"directory": str(tmp_path / "checkpoints")}
    )
    with Daemon(tmp_path / "first", tables) as daemon:
        assert daemon.run() == 0
    kafka.delete_topic(topic)
    kafka.create_topic(topic)
    code, said = complaint(tmp_path / "second", tables)
    assert code == DATA
    assert "offset 200" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[source]\ntype = "kafka"\nbootstrp = "x:1"\ntopic = "t"\n',
            ["bootstrp", "did you mean 'bootstrap'", "[stream]"],
        ),
        ('[sauce]\ntype = "kafka"\n', ["[sauce]", "did you mean 'source'", "[source]"]),
        ("[source\n", ["not valid TOML", "line 1"]),
    ],
)
def test_check_lists_every_fault(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "streamlr.toml"
    path.write_text(text)
    command = [sys.executable, "-m", "streamlr", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == CONFIGURATION
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_second_member_of_a_pipeline_s_group(
    kafka: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    kafka.produce(topic, phishing(300))
    tables = kafka_tables(kafka.bootstrap, topic)
    tables["source"] |= {"group": topic, "stop_at": "never"}
    with Daemon(tmp_path / "first", tables) as first:
        first.start()
        first.wait_for("ready")
        code, said = complaint(tmp_path / "second", tables)
        assert code == UNAVAILABLE
        assert f"[source] group = '{topic}'" in said
        assert '[state] unit = "partition"' in said
        assert first.stop() == 0


def test_another_unit_of_state_over_an_old_folder(
    kafka: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    kafka.produce(topic, phishing(300))
    checkpoint = {"directory": str(tmp_path / "state")}
    tables = kafka_tables(kafka.bootstrap, topic, checkpoint=checkpoint)
    with Daemon(tmp_path / "first", tables) as first:
        assert first.run() == 0
    code, said = complaint(tmp_path / "second", {**tables, "state": {"unit": "partition"}})
    assert code == CANNOT_WRITE
    assert "Set [state] unit = 'pipeline' to go on with it, or choose another directory" in said
