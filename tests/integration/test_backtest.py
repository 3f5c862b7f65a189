"""A backtest on a range of a topic: the very records, and nothing left behind on the broker."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from streamlr import cli
from tests.integration.streams import LABEL, phishing
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

SCHEDULES = ("--schedule", "drift_boost", "--schedule", "constant", "--jobs", "1")


def backtest(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run the command; return its runs."""
    out = folder / "out.json"
    assert cli.main(["backtest", *arguments, *SCHEDULES, "--json", str(out)]) == 0
    runs: list[dict[str, Any]] = json.loads(out.read_text())["runs"]
    return runs


def figures(runs: list[dict[str, Any]]) -> list[Any]:
    return [(run["samples"], run["metrics"], run["decisions"]) for run in runs]


def of_file(folder: Path, values: list[bytes]) -> list[Any]:
    """What a backtest says of the same records in a file."""
    file = folder / "range.ndjson"
    file.write_bytes(b"\n".join(values) + b"\n")
    return figures(backtest(folder, str(file), "--target", LABEL))


def on(kafka: KafkaBroker, topic: str) -> list[str]:
    return ["--bootstrap", kafka.bootstrap, "--topic", topic, "--target", LABEL]


def groups(kafka: KafkaBroker) -> set[str]:
    client = AdminClient({"bootstrap.servers": kafka.bootstrap})
    return {group.group_id for group in client.list_consumer_groups().result().valid}


@pytest.mark.parametrize(
    ("range_", "first", "stop"),
    [
        ([], 0, 900),
        (["--from", "300"], 300, 900),
        (["--to", "700"], 0, 700),
        (["--from", "300", "--to", "700"], 300, 700),
    ],
)
def test_a_range_of_offsets(
    kafka: KafkaBroker,
    topic: str,
    tmp_path: Path,
    range_: list[str],
    first: int,
    stop: int,
) -> None:
    values = phishing(900)
    kafka.produce(topic, values)
    before = groups(kafka)
    found = figures(backtest(tmp_path, *on(kafka, topic), *range_))
    assert groups(kafka) == before
    assert found == of_file(tmp_path, values[first:stop])


def test_a_range_of_time_over_partitions(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    """Every schedule sees the same records in the same order, whatever that order is."""
    topic, values = create_topic(3), phishing(900)
    began = datetime(2026, 1, 31, 12, tzinfo=UTC)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for number, value in enumerate(values):
        moment = int((began + timedelta(seconds=number)).timestamp() * 1000)
        producer.produce(topic, value, partition=number % 3, timestamp=moment)
    assert producer.flush(30) == 0
    edges = [(began + timedelta(seconds=n)).isoformat() for n in (300, 750)]
    html = tmp_path / "report.html"
    arguments = [*on(kafka, topic), "--from", edges[0], "--to", edges[1]]
    out = tmp_path / "out.json"
    same = ("--schedule", "constant", "--schedule", "constant:rate=0.05", "--jobs", "2")
    code = cli.main(["backtest", *arguments, *same, "--html", str(html), "--json", str(out)])
    assert code == 0
    one, other = json.loads(out.read_text())["runs"]
    assert one["samples"] == 450
    assert (one["metrics"], one["series"]) == (other["metrics"], other["series"])
    page = html.read_text()
    for partition in range(3):
        assert f"<dt>partition {partition}</dt><dd>offsets 100 to 249</dd>" in page


def test_the_source_of_a_daemon(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    """With the pure Python client, one partition of two, and a group that is not joined."""
    topic, values = create_topic(2), phishing(800)
    kafka.produce(topic, values[:200], partition=0)
    kafka.produce(topic, values[200:], partition=1)
    configuration = tmp_path / "daemon.toml"
    configuration.write_text(
        f"""
[source]
type = "kafka"
client = "kafka-python"
bootstrap = "{kafka.bootstrap}"
topic = "{topic}"
partitions = [1]
start = "latest"
[stream]
label = "{LABEL}"
"""
    )
    before = groups(kafka)
    found = figures(backtest(tmp_path, "--config", str(configuration), "--from", "100"))
    assert groups(kafka) == before
    assert found == of_file(tmp_path, values[300:])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(["backtest", *arguments, "--schedule", "constant"])
    (line,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("streamlr: ")]
    return code, line.removeprefix("streamlr: ")


def test_an_offset_that_is_not_kept(
    kafka: KafkaBroker, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kafka.produce(topic, phishing(10))
    code, message = refused(capsys, *on(kafka, topic), "--from", "11")
    assert code == 78
    assert message == (
        f"--from 11: partition 0 of {topic!r} holds offsets 0 to 9; choose one of them"
    )


def test_an_offset_of_several_partitions(
    kafka: KafkaBroker, create_topic: CreateTopic, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = create_topic(2)
    kafka.produce(topic, phishing(10), partition=0)
    for option in ("--from", "--to"):
        code, message = refused(capsys, *on(kafka, topic), option, "3")
        assert code == 78
        assert message.startswith(
            f"{option} 3: an offset is one partition's, and the topic {topic!r} has 2 partitions; "
            "give a time like 2026-01-31T12:00:00Z"
        )


def test_a_range_that_is_empty(
    kafka: KafkaBroker, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, message = refused(capsys, *on(kafka, topic))
    assert (code, "has no record; wait until something is written" in message) == (65, True)
    kafka.produce(topic, phishing(10))
    code, message = refused(capsys, *on(kafka, topic), "--from", "2099-01-01T00:00:00Z")
    assert code == 65
    assert message.endswith("has no record for --from 2099-01-01T00:00:00Z; choose a wider range")


def test_a_topic_that_is_not_there(kafka: KafkaBroker, capsys: pytest.CaptureFixture[str]) -> None:
    code, message = refused(capsys, *on(kafka, "nowhere"), "--from", "3")
    assert code == 69
    assert "[source] topic: 'nowhere' cannot be used on" in message
