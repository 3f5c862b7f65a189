"""A network of torch's on a real broker: the example of the page, killed on the way."""

import re
import tomllib
from pathlib import Path
from typing import Any

from tests.chaos.test_kill import records_in
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker
from tests.servers.requirements import require_package

require_package("torch")

RECORDS = 6000
PAGE = Path(__file__).parents[2] / "docs" / "deep.md"


def test_the_documented_example_runs_and_resumes(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    topic = create_topic()
    kafka.produce(topic, phishing(RECORDS), codec="lz4")
    outputs = {name: create_topic() for name in ("whole", "killed")}

    def configuration(name: str) -> dict[str, Any]:
        asked = tomllib.loads(example)
        assert asked["stream"] == {"label": LABEL}
        asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
        asked["checkpoint"] = {"directory": str(tmp_path / name), "interval_seconds": 0.02}
        asked["sink"] = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": outputs[name]}
        return asked

    with Daemon(tmp_path / "a", configuration("whole")) as daemon:
        assert daemon.run() == 0
        expected = daemon.events("stopped")[-1]
    with Daemon(tmp_path / "b", configuration("killed")) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "killed") > RECORDS // 3, "get on")
        daemon.kill()
        assert daemon.run() == 0
        found = daemon.events("stopped")[-1]

    assert expected["learned"] == RECORDS
    assert expected["accuracy"] > 0.85
    for key in ("records", "learned", "state", "accuracy", "log_loss"):
        assert found[key] == expected[key], key
    said = {name: [m.value() for m in kafka.read(output)] for name, output in outputs.items()}
    assert said["whole"] == said["killed"]
    assert len(said["whole"]) == RECORDS
