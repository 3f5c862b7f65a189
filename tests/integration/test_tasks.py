"""Many classes and numbers, end to end: a real topic, and the command."""

import csv
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from river import datasets

from tests.integration.test_daemon import _headers as headers_of
from tests.integration.test_daemon import sink
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

CARRIERS = {"Anna & Söhne": "on time", "Bolt": "late", "Cargo 24": "lost", "Dora": "damaged"}


def parcels(count: int) -> list[bytes]:
    """What becomes of a parcel is its carrier's to say, but for one in ten that weighs too much."""
    source = random.Random(7)
    records = []
    for number in range(count):
        carrier, weight = source.choice(list(CARRIERS)), source.expovariate(1.0)
        fate = "returned" if weight > 2.3 else CARRIERS[carrier]
        parcel = {
            "parcel_id": number,
            "sent": "2026-01-31T12:30:00Z",
            "carrier": carrier if source.random() < 0.98 else None,
            "depot_code": source.randrange(40),
            "weight": weight,
            "fate": fate,
        }
        records.append(json.dumps(parcel, ensure_ascii=False).encode())
    return records


def test_classes_and_categories_that_are_texts(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    records, predictions, letters = create_topic(), create_topic(), create_topic()
    values = parcels(4000)
    strange = {
        3000: b'{"carrier": "Bolt", "fate": "eaten"}',
        3001: b'{"carrier": [1], "fate": "late"}',
    }
    for offset, value in strange.items():
        values[offset] = value
    kafka.produce(records, values)
    configuration = {
        "source": {
            "type": "kafka",
            "bootstrap": kafka.bootstrap,
            "topic": records,
            "stop_at": "end",
        },
        "stream": {"task": "multiclass", "label": "fate", "max_classes": 5},
        "sink": sink(kafka, predictions),
        "dead_letters": sink(kafka, letters),
    }
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        assert daemon.run() == 0
        fixed, told = daemon.events("schema fixed")[-1], daemon.events("stopped")[-1]

    assert (fixed["features"], fixed["categories"]) == (["weight"], ["carrier", "depot_code"])
    assert set(fixed["left_out"]) == {"parcel_id", "sent"}

    said = [json.loads(message.value() or b"") for message in kafka.read(predictions)]
    assert [one["offset"] for one in said] == [at for at in range(len(values)) if at not in strange]
    assert said[0]["prediction"] is None
    assert {one["prediction"] for one in said[500:]} == {*CARRIERS.values(), "returned"}
    assert all(0.0 <= one["probability"] <= 1.0 for one in said)
    right = sum(one["prediction"] == one["label"] for one in said)
    assert right / len(said) == told["accuracy"] > 0.9  # the commonest fate is one in four

    reasons = {}
    for message in kafka.read(letters):
        headers = {name: value.decode() for name, value in headers_of(message)}
        reasons[int(headers["streamlr.offset"])] = headers["streamlr.reason"]
    assert reasons == {3000: "too_many_classes", 3001: "wrong_type"}


@pytest.fixture
def polls(tmp_path: Path) -> Path:
    """River's approval ratings: numbers that wander, with a text column added."""
    path = tmp_path / "polls.csv"
    rows = [{**row, "country": "US", "approval": label} for row, label in datasets.TrumpApproval()]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        file.write(",".join(["1"] * (len(rows[0]) - 1)) + ",unknown\n")
    return path


def test_a_backtest_of_numbers(polls: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "streamlr", "backtest", str(polls), "--task", "regression"),
            *("--target", "approval", "--schedule", "race", "--schedule", "constant"),
            *("--json", str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for heading in ("MAE", "RMSE", "R²", "no-change MAE"):
        assert heading in done.stdout
    race, constant = json.loads(out.read_text())["runs"]
    assert (race["samples"], race["rejected"]) == (1001, 1)
    assert race["metrics"]["mae"] < 0.3 * race["metrics"]["mae_mean"]
    assert 0.0 < race["metrics"]["r2"] < 1.0  # the first label, when 0 is said, costs the most
    assert race["metrics"]["mae"] < constant["metrics"]["mae"]
