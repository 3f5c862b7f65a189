"""What Prometheus is given, by Prometheus' own tool: the configuration, the alerts, their tests."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.servers.requirements import require_prometheus

_FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    require_prometheus()  # promtool comes with it
    result = subprocess.run(
        ["promtool", *arguments], cwd=_FOLDER, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_is_seen_to_fire() -> None:
    alerts = re.findall(r"- alert: (\w+)", (_FOLDER / "alerts.yml").read_text())
    tests = (_FOLDER / "alerts_test.yml").read_text()
    fired = re.findall(r"labels: 'ALERTS\{alertname=\"(\w+)\", alertstate=\"firing\"", tests)
    assert alerts
    assert set(fired) == set(alerts)


def test_every_alert_says_what_and_what_to_do() -> None:
    _, *rules = (_FOLDER / "alerts.yml").read_text().split("- alert: ")
    for rule in rules:
        assert re.search(r"^ +severity: (critical|warning)$", rule, re.MULTILINE), rule
        for key in ("for", "summary", "description"):
            assert re.search(rf"^ +{key}: \S", rule, re.MULTILINE), (key, rule)
