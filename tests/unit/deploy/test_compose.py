"""What of the compose file can be checked without Docker: what it runs, and that its parts meet."""

import json
import re
from pathlib import Path

import pytest

from simulators.arguments import check, parser
from simulators.encoding import TARGET
from simulators.registry import make
from streamlr import cli, config
from streamlr.config import WebConfig

_DEPLOY = Path(__file__).parents[3] / "deploy"
_COMPOSE = _DEPLOY / "compose" / "compose.yaml"
_CONFIGURATION = _DEPLOY / "compose" / "streamlr.toml"


def test_streamlr_accepts_its_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(_CONFIGURATION)]) == 0
    assert "is valid" in capsys.readouterr().out


def test_the_producer_writes_what_streamlr_reads() -> None:
    command = re.search(r'command: (\["abrupt".*?\])', _COMPOSE.read_text(), re.DOTALL)
    assert command is not None
    asked = parser().parse_args(json.loads(command[1]))
    check(parser(), asked)
    make(asked.name, asked.seed, **dict(asked.set))
    read = config.read(_CONFIGURATION, {})
    assert (read.source.bootstrap, read.source.topic) == (asked.kafka, asked.topic)
    assert read.stream.label == TARGET


def test_every_topic_is_created() -> None:
    created = re.search(r"for topic in (.*);", _COMPOSE.read_text())
    assert created is not None
    read = config.read(_CONFIGURATION, {})
    named = {read.source.topic, read.sink.topic, read.dead_letters.topic}
    assert set(created[1].split()) == named


def test_state_outlives_the_container() -> None:
    read = config.read(_CONFIGURATION, {})
    assert f"- checkpoints:{read.checkpoint.directory}\n" in _COMPOSE.read_text()


def test_every_file_that_is_mounted_exists() -> None:
    mounted = re.findall(r"- (\.{1,2}/[^:]+):", _COMPOSE.read_text())
    assert len(mounted) == 5
    for path in mounted:
        assert (_COMPOSE.parent / path).exists(), path


def test_images_are_pinned_and_name_no_registry() -> None:
    images = re.findall(r"image: ([^*&\s]+)$", _COMPOSE.read_text(), re.MULTILINE)
    images += re.findall(r"&kafka-image (\S+)", _COMPOSE.read_text())
    assert len(images) == 4
    for image in images:
        name, _, tag = image.partition(":")
        assert "." not in name
        assert tag or name == "streamlr"


def test_prometheus_scrapes_where_streamlr_listens() -> None:
    scraped = (_DEPLOY / "prometheus" / "prometheus.yml").read_text()
    assert f'targets: ["streamlr:{WebConfig.model_validate({}).port}"]' in scraped
    assert config.read(_CONFIGURATION, {}).web == WebConfig.model_validate({})


def test_grafana_knows_how_often_prometheus_scrapes() -> None:
    scraped = (_DEPLOY / "prometheus" / "prometheus.yml").read_text()
    source = (_DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text()
    interval = re.search(r"scrape_interval: (\w+)", scraped)
    assert interval is not None
    assert f"timeInterval: {interval[1]} " in source
