"""Rare classes on a broker, configured as the page has it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

ROWS = 12_000
PAGE = (Path(__file__).parents[2] / "docs" / "imbalance.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def payments() -> list[bytes]:
    """One in a hundred is a fraud."""
    random = np.random.default_rng(1)
    amount, hour = random.normal(size=(2, ROWS))
    score = 2.0 * amount + hour + random.logistic(scale=0.5, size=ROWS)
    fraud = score > np.quantile(score, 0.99)
    return [
        json.dumps({"amount": a, "hour": h, "fraud": bool(f)}).encode()
        for a, h, f in zip(amount, hour, fraud, strict=True)
    ]


@pytest.fixture
def asked(kafka: KafkaBroker, create_topic: CreateTopic) -> dict[str, Any]:
    found = tomllib.loads(EXAMPLES[0])
    found["source"] |= {"bootstrap": kafka.bootstrap, "topic": create_topic(), "stop_at": "end"}
    kafka.produce(found["source"]["topic"], payments())
    return found


def test_the_documented_example_finds_what_is_rare(asked: dict[str, Any], tmp_path: Path) -> None:
    found = {}
    for name in ("weighted", "alike"):
        with Daemon(tmp_path / name, asked) as daemon:
            assert daemon.run() == 0
            found[name] = daemon.events("stopped")[-1]
        asked.pop("classes", None)
    for told in found.values():
        assert (told["records"], told["learned"]) == (ROWS, ROWS)
    assert found["weighted"]["accuracy"] < found["alike"]["accuracy"]  # which is what it costs
    assert found["weighted"]["balanced_accuracy"] > found["alike"]["balanced_accuracy"] + 0.05
