"""The daemon's model, exported by the command while it runs, says what the daemon says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from tests.chaos.test_kill import records_in
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

ROWS = 1250
PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text()


def exported(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streamlr", "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_checkpoint_is_exported_beside_the_daemon(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    source, sink = create_topic(), create_topic()
    values = phishing(ROWS + 1)
    kafka.produce(source, values[:ROWS])
    asked = {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": source},
        "stream": {"label": LABEL},
        "sink": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": sink},
        "checkpoint": {"directory": str(tmp_path / "state"), "interval_seconds": 0.02},
    }
    graph, weights = tmp_path / "model.onnx", tmp_path / "model.json"
    with Daemon(tmp_path, asked) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "state") == ROWS, "learn all")
        for path in (graph, weights):
            place = ("--checkpoint", str(tmp_path / "state"))
            done = exported(*place, "--format", path.suffix[1:], "--output", str(path))
            assert (done.returncode, done.stderr) == (0, "")
        kafka.produce(source, values[ROWS:])
        daemon.wait_until(lambda: records_in(tmp_path / "state") > ROWS, "predict one more")
        assert daemon.stop() == 0
    last = [json.loads(message.value() or b"") for message in kafka.read(sink)][-1]
    told = json.loads(weights.read_text())
    assert (told["samples"], told["label"]) == (ROWS, LABEL)
    record = json.loads(values[ROWS])
    numbers = np.array([[record[one["name"]] for one in told["numbers"]]], np.float64)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (chances,) = session.run(["probabilities"], {"numbers": numbers})[0]
    said = told["classes"].index(last["prediction"])
    assert abs(chances[said] - last["probability"]) < 1e-6


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    output = ("--output", str(tmp_path / "model.json"))
    done = exported("--checkpoint", str(tmp_path), *output)
    assert done.returncode == 69
    assert done.stderr.startswith(f"streamlr: {tmp_path}: there is no checkpoint in it")
    configured = tmp_path / "fraud.toml"
    configured.write_text("[source]\ntype = 'stdin'\n[stream]\nlabel = 'y'\n")
    done = exported("--config", str(configured), *output)
    assert done.returncode == 78
    assert "[checkpoint] directory is missing" in done.stderr


def test_the_pages_python_runs() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/export.md", "exec"), {})  # noqa: S102 - our own page
