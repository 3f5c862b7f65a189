"""Forecasts on a real broker: the documented example, kill -9 on the way."""

import json
import math
import random
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.chaos.test_kill import records_in
from tests.integration.test_delayed_labels import metrics
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

HOURS = 2500
STATIONS = ("north", "south")
PAGE = Path(__file__).parents[2] / "docs" / "forecasting.md"


def loads() -> list[bytes]:
    """Hourly records of two stations whose load follows the hour of the day; one hour is lost."""
    noise, values = random.Random(5), []
    for hour in range(HOURS):
        turn = 2 * math.pi * hour / 24
        for phase, station in enumerate(STATIONS):
            if (hour, phase) == (1000, 1):
                continue
            record = {
                "station": station,
                "ts": 1_700_000_000 + 3600 * hour,
                "megawatts": 500 + 100 * math.sin(turn + phase) + noise.gauss(0, 3),
                "sin": math.sin(turn),
                "cos": math.cos(turn),
            }
            values.append(json.dumps(record).encode())
    return values


def test_the_documented_example_killed_on_the_way_equals_uninterrupted(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    records = loads()
    topic = create_topic()
    kafka.produce(topic, records, codec="lz4")
    asked = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic}
    outputs = {name: create_topic() for name in ("whole", "killed")}

    def configuration(name: str, **source: object) -> dict[str, Any]:
        sink = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": outputs[name]}
        return {
            **asked,
            "source": {**asked["source"], **source},
            "sink": sink,
            "checkpoint": {"directory": str(tmp_path / name), "interval_seconds": 0.02},
            "loop": {"poll_records": 100},
        }

    learned = len(records) - len(STATIONS) - 1  # the lost hour answers nothing
    with Daemon(tmp_path / "a", configuration("whole")) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(
            lambda: metrics(port).get("streamlr_records_total{}", 0) == len(records), "read all"
        )
        told = metrics(port)
        assert daemon.stop() == 0
        expected = daemon.events("stopped")[-1]
    assert (expected["records"], expected["learned"]) == (len(records), learned)
    assert told['streamlr_labels_total{outcome="joined",}'] == learned
    assert told['streamlr_predictions_unlabelled_total{,reason="expired"}'] == 1
    assert told["streamlr_labels_pending{}"] == len(STATIONS)
    assert told["streamlr_label_delay_seconds_sum{}"] == 3600 * learned
    mae, unchanged = (
        told[f'streamlr_{name}{{,view="windowed"}}'] for name in ("mae", "mae_no_change")
    )
    assert mae < unchanged / 2

    with Daemon(tmp_path / "b", configuration("killed", stop_at="end")) as daemon:
        for point in (len(records) // 7, len(records) // 2):
            daemon.start()
            daemon.wait_until(
                lambda point=point: records_in(tmp_path / "killed") > point, f"predict {point}"
            )
            daemon.kill()
        assert daemon.run() == 0
        found = daemon.events("stopped")[-1]
    for key in ("records", "learned", "state", "mae"):
        assert found[key] == expected[key], key
    said = {name: [m.value() for m in kafka.read(output)] for name, output in outputs.items()}
    assert said["whole"] == said["killed"]
    assert len(said["whole"]) == len(records)
