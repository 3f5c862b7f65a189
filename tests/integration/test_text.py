"""Texts from a broker's topic, by the example of the page, and on from a checkpoint."""

import json
import re
import tomllib
from pathlib import Path
from typing import cast

from simulators import make
from simulators.encoding import ndjson
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

COUNT = 4_000
BAD = {
    7: (b'{"subject": "a", "body": 12, "urgent": true}', "wrong_type"),
    8: (b'{"subject": "caf\xe9", "body": "b", "urgent": true}', "malformed"),
}


def tickets() -> list[bytes]:
    """Records of two texts and a label; two hold no text where one should be, one a long text."""
    topics = make("topics", 3, words=20, vocabulary=2_000, telling=0.4, noise=0)
    features, labels = topics.rows(0, COUNT)
    texts = [json.loads(record)["text"] for record in ndjson(topics).encode(features, labels)]
    records = [
        {"subject": text[:30] + ' "é"\n', "body": text, "urgent": bool(label)}
        for text, label in zip(texts, labels.tolist(), strict=True)
    ]
    records[9]["body"] = " ".join(f"w{number}" for number in range(100_000))
    written = [json.dumps(record).encode() for record in records]
    return [BAD[row][0] if row in BAD else record for row, record in enumerate(written)]


def test_the_documented_example_learns_from_a_broker_and_goes_on_where_it_stopped(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "text.md").read_text()
    asked = tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])
    topic, letters, said = create_topic(), create_topic(), [create_topic(), create_topic()]
    asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
    asked["sink"] |= {"bootstrap": kafka.bootstrap, "topic": said[0]}
    asked["dead_letters"] = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": letters}
    asked["checkpoint"] = {"directory": str(tmp_path / "checkpoints")}
    records = tickets()
    with Daemon(tmp_path / "daemon", asked) as daemon:
        for half in (records[: COUNT // 2], records[COUNT // 2 :]):
            kafka.produce(topic, half, codec="lz4")
            assert daemon.run() == 0
        assert daemon.events("resuming from the checkpoint")[-1]["records"] == COUNT // 2 - len(BAD)
        resumed = daemon.events("stopped")[-1]
    del asked["checkpoint"]
    asked["sink"]["topic"] = said[1]
    with Daemon(tmp_path / "at once", asked) as daemon:
        assert daemon.run() == 0
        [fixed] = daemon.events("schema fixed")
        whole = daemon.events("stopped")[-1]

    assert (fixed["features"], fixed["texts"]) == ([], ["subject", "body"])
    assert (whole["learned"], whole["rejected"]) == (COUNT - len(BAD), len(BAD))
    assert whole["accuracy"] > 0.8
    for key in ("records", "learned", "state", "accuracy", "log_loss"):
        assert resumed[key] == whole[key], key
    halves, at_once = ([message.value() for message in kafka.read(each)] for each in said)
    assert halves == at_once
    assert len(at_once) == COUNT - len(BAD)
    found = {}
    for message in kafka.read(letters):
        headers = dict(cast("list[tuple[str, bytes]]", message.headers()))
        reason = headers["streamlr.reason"].decode()
        found[int(headers["streamlr.offset"])] = (message.value(), reason)
    assert found == BAD
