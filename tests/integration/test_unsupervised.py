"""Records without labels, from the README's TOML alone: a real topic, a file, the command."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from streamlr import config
from streamlr.engine import Engine
from tests.integration.test_daemon import sink
from tests.reference.plain import Floats
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

README = Path(__file__).parents[2] / "README.md"
EXAMPLES = [
    tomllib.loads(text)
    for text in re.findall(r"^```toml\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
]
(EXAMPLE,) = [one for one in EXAMPLES if one.get("stream", {}).get("task") == "unsupervised"]

MACHINES = 4
FAULT_AT = 3500


def readings(count: int, jump_at: int = 0) -> list[dict[str, object]]:
    """Return sensor values of four kinds of machine; all of them change at ``jump_at``."""
    random = np.random.default_rng(11)
    kinds = random.normal(50.0, 20.0, (2, MACHINES, 5))
    rows = []
    for row in range(count):
        kind = int(random.integers(MACHINES))
        values = kinds[int(0 < jump_at <= row), kind] + random.normal(0.0, 2.0, 5)
        rows.append({f"sensor{place}": round(v, 3) for place, v in enumerate(values.tolist())})
        rows[-1]["machine"] = f"kind {kind}"
    return rows


def test_the_readme_from_topic_to_topic(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    source, out = create_topic(), create_topic()
    rows = readings(4000)
    rows[FAULT_AT] |= {"sensor0": -150.0, "sensor3": 400.0}
    values = [json.dumps(row).encode() for row in rows]
    values[100] = b'{"sensor0": [1]}'
    kafka.produce(source, values)
    configuration = {
        **EXAMPLE,
        "source": {**EXAMPLE["source"], "bootstrap": kafka.bootstrap, "topic": source},
        "sink": sink(kafka, out),
    }
    configuration["source"]["stop_at"] = "end"
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        assert daemon.run() == 0
        fixed, told = daemon.events("schema fixed")[-1], daemon.events("stopped")[-1]

    assert fixed["features"] == [f"sensor{place}" for place in range(5)]
    assert "only numbers are compared" in fixed["left_out"]["machine"]
    assert (told["records"], told["rejected"]) == (len(rows) - 1, 1)
    assert told["variance_explained"] > 0.9

    said = {
        one["offset"]: one
        for one in (json.loads(message.value() or b"") for message in kafka.read(out))
    }
    assert set(said) == set(range(len(rows))) - {100}
    assert said[FAULT_AT]["rank"] > 0.999
    usual = np.mean([said[at]["rank"] < 0.999 for at in range(2000, 4000)])
    assert usual > 0.98
    late = [(said[at]["cluster"], rows[at]["machine"]) for at in range(2000, 4000)]
    assert len({kind for _, kind in late}) == MACHINES
    for cluster in {cluster for cluster, _ in late}:  # a cluster holds one kind of machine
        kinds = [kind for of, kind in late if of == cluster]
        assert max(map(kinds.count, set(kinds))) > 0.95 * len(kinds)


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_a_backtest_without_a_label(suffix: str, tmp_path: Path) -> None:
    path, out = tmp_path / f"readings.{suffix}", tmp_path / "out.json"
    rows = readings(3000, jump_at=1500)
    lines = [json.dumps(row) for row in rows]
    if suffix == "csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "streamlr", "backtest", str(path), "--task", "unsupervised"),
            *("--schedule", "race", "--schedule", "constant:rate=0.001", "--json", str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for heading in ("reconstruction", "variance", "explained"):
        assert heading in done.stdout
    race, constant = (run["metrics"] for run in json.loads(out.read_text())["runs"])
    assert race["variance_explained"] > 0.8
    assert race["reconstruction_error"] < constant["reconstruction_error"]


@pytest.mark.parametrize("model", ["kmeans", "pca"])
def test_when_everything_jumps_the_rate_rises_and_the_error_recovers(model: str) -> None:
    jump = 4000
    values = mixture(2 * jump, jump)
    tables = {"source": {"type": "stdin"}, "stream": {"task": "unsupervised"}}
    engine = Engine(config.build({**tables, "model": {"type": model}}), values.shape[1])
    errors, rates = np.empty(len(values)), np.empty(len(values) // 32)
    for place, start in enumerate(range(0, len(values), 32)):
        rows = slice(start, start + 32)
        errors[rows] = engine.run(values[rows], np.zeros(32)).said ** 2
        rates[place] = engine.learning_rate
    before, after = jump // 32 - 30, jump // 32
    settled = np.median(rates[before:after])
    assert rates[after : after + 10].max() > 10.0 * settled
    assert np.median(rates[-30:]) < 3.0 * settled
    assert errors[jump : jump + 20].mean() > 3.0 * errors[jump - 500 : jump].mean()
    assert errors[jump + 500 : jump + 1000].mean() < 1.5 * errors[jump - 500 : jump].mean()


def mixture(rows: int, jump: int) -> Floats:
    """Return clouds around five centres in a plane of six dimensions, all elsewhere after it."""
    random = np.random.default_rng(3)
    found = []
    for _ in range(rows // jump):
        plane = np.linalg.qr(random.standard_normal((6, 2)))[0]
        centres = random.normal(0.0, 3.0, (5, 2)) @ plane.T
        noise = 0.3 * random.standard_normal((jump, 6))
        found.append(centres[random.integers(0, 5, jump)] + noise)
    return np.vstack(found)
