"""The example of docs/features.md on a real broker, uninterrupted and killed on the way."""

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.chaos.test_kill import records_in
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

PAYMENTS = 3000


def payments() -> list[bytes]:
    """A card that was used within the minute is a fraud, and now and then a record is unusable."""
    chance, last, time = random.Random(3), dict.fromkeys(range(20), 0.0), 1_700_000_000.0
    made = []
    for number in range(PAYMENTS):
        time += chance.expovariate(1 / 20.0)
        card = chance.randrange(20)
        record: dict[str, Any] = {
            "created_at": "soon" if number % 500 == 499 else time,
            "country": chance.choice(["NO", "SE", "DK"]),
            "shop": chance.choice("abcd"),
            "amount": str(round(chance.uniform(1, 100), 2)),  # a decimal, as some producers send it
            "limit": chance.choice([0, 500, 1000]),
            "card": f"card-{card}",
            "fraud": time - last[card] < 200.0,
        }
        last[card] = time if number % 500 != 499 else last[card]
        made.append(json.dumps(record).encode())
    return made


def example() -> dict[str, Any]:
    page = (Path(__file__).parents[2] / "docs" / "features.md").read_text()
    return tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])


def test_the_documented_example_killed_on_the_way_equals_uninterrupted(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic()
    kafka.produce(topic, payments())
    asked = example()
    asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
    asked["loop"] = {"poll_records": 300}

    def configuration(name: str) -> dict[str, Any]:
        folder = {"directory": str(tmp_path / name), "interval_seconds": 0.02}
        return {**asked, "checkpoint": folder}

    with Daemon(tmp_path / "a", configuration("whole")) as daemon:
        assert daemon.run() == 0
        [fixed] = daemon.events("schema fixed")
        [derived] = daemon.events("columns derived")
        whole = daemon.events("stopped")[-1]
    with Daemon(tmp_path / "b", configuration("killed")) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "killed") > PAYMENTS // 3, "get on")
        daemon.kill()
        assert daemon.run() == 0
        killed = daemon.events("stopped")[-1]

    assert fixed["numbers_in_text"] == ["amount"]
    assert derived["numbers"][-4:] == ["amount/limit", "card.count", "card.since", "card.past.mean"]
    assert derived["categories"] == ["country*shop", "card.past.1", "card.past.2", "card.past.3"]
    assert (whole["records"], whole["learned"]) == (PAYMENTS - 6, PAYMENTS - 6)
    for key in ("records", "learned", "state", "accuracy", "log_loss", "drift_alarms"):
        assert killed[key] == whole[key], key
    assert whole["accuracy"] > 0.8  # without the columns little is known

    asked["derive"] = []
    with Daemon(tmp_path / "c", asked) as daemon:
        assert daemon.run() == 0
        without = daemon.events("stopped")[-1]
    assert without["accuracy"] < whole["accuracy"] - 0.1


def test_a_field_that_is_not_there_is_told(kafka: KafkaBroker, topic: str, tmp_path: Path) -> None:
    kafka.produce(topic, payments()[:200])
    asked = example()
    asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
    asked["derive"][2]["denominator"] = "limits"
    with Daemon(tmp_path, asked) as daemon:
        assert daemon.run() == 65
        [line] = [line for line in daemon.lines() if "limits" in line]
    assert (
        "[[derive]] number 3 (ratio) denominator = 'limits': there is no such field (did you mean "
        "'limit'?) in the first 100 records; fields there: created_at, country, shop"
    ) in line
