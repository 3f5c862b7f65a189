"""scikit-learn's estimators on a broker, configured as the page has it; killed on the way."""

import re
import tomllib
from pathlib import Path

from tests.chaos.test_kill import records_in
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

ROWS = 4000
PAGE = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text()


def test_the_documented_example_runs_and_goes_on_after_a_kill(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic()
    kafka.produce(topic, phishing(ROWS))
    stopped = {}
    for name in ("whole", "killed"):
        asked = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
        asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
        asked["stream"]["label"] = LABEL
        folder = tmp_path / name
        asked["checkpoint"] |= {"directory": str(folder), "interval_seconds": 0.02}
        asked["loop"] = {"poll_records": 50}
        with Daemon(tmp_path / f"{name} daemon", asked) as daemon:
            if name == "killed":
                daemon.start()
                daemon.wait_until(lambda at=folder: records_in(at) > ROWS // 3, "get on")
                daemon.kill()
            assert daemon.run() == 0
            stopped[name] = daemon.events("stopped")[-1]
            assert daemon.events("the schedule sets the model's eta0")
    assert stopped["whole"]["records"] == stopped["whole"]["learned"] == ROWS
    assert stopped["whole"]["accuracy"] > 0.85
    for key in ("records", "learned", "state", "accuracy", "log_loss"):
        assert stopped["killed"][key] == stopped["whole"][key], key
