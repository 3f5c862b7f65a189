"""What the tables may hold: faults are told by key, and a password never."""

import json
from typing import Any

import pytest

from streamlr import config
from streamlr.errors import ConfigurationError
from streamlr.kafka_client.security import Security
from streamlr.sources.kafka import Config

_SECRET = "correct horse"


def faults(source: dict[str, Any], sink: dict[str, Any] | None = None) -> str:
    """Everything that is wrong with a source's, or a sink's, table."""
    whole = {"type": "kafka", "bootstrap": "127.0.0.1:9092", "topic": "records"}
    tables: dict[str, Any] = {"source": {**whole, **source}, "stream": {"label": "y"}}
    if sink is not None:
        tables["sink"] = {**whole, **sink}
    with pytest.raises(ConfigurationError) as error:
        config.build(tables)
    return str(error.value)


def security(**keys: Any) -> str:  # noqa: ANN401 - any key
    """Everything that is wrong with a table of security."""
    return faults({"security": keys})


LOGIN = {"protocol": "sasl_ssl", "mechanism": "PLAIN", "username": "alice"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"protocol": "tls"}, ["security.protocol = 'tls'", "'sasl_ssl'"]),
        ({"ca_file": "x.pem"}, ["security.ca_file", "needs protocol = 'ssl' or 'sasl_ssl'"]),
        ({"protocol": "ssl", "key_file": "x"}, ["security.key_file", "needs certificate_file"]),
        ({"verify_hostname": False}, ["security.verify_hostname", "needs protocol = 'ssl'"]),
        ({"protocol": "sasl_ssl"}, ["security.mechanism", "SCRAM-SHA-512"]),
        ({"mechanism": "PLAIN"}, ["security.mechanism", "needs protocol = 'sasl_plaintext'"]),
        (
            {"protocol": "sasl_ssl", "mechanism": "PLAIN", "password": _SECRET},
            ["security.username", "mechanism = 'PLAIN' needs it"],
        ),
        (LOGIN, ["security.password_file", "set it, or password"]),
        ({**LOGIN, "password": _SECRET, "password_file": "x"}, ["keep one of them"]),
        ({"password": _SECRET}, ["a password needs mechanism"]),
        ({"username": "alice"}, ["security.username", "needs mechanism"]),
        ({**LOGIN, "password": 1234}, ["security.password = **********", "valid string"]),
        ({"pasword": _SECRET}, ["security.pasword: unknown key"]),
        (
            {**LOGIN, "mechanism": "OAUTHBEARER", "password": _SECRET},
            ["security.token_endpoint", "needs it"],
        ),
        (
            {**LOGIN, "password": _SECRET, "token_endpoint": "https://x"},
            ["security.token_endpoint", "needs mechanism = OAUTHBEARER"],
        ),
        (
            {**LOGIN, "mechanism": "OAUTHBEARER", "password": _SECRET, "token_endpoint": "x:1"},
            ["security.token_endpoint = 'x:1'", "http"],
        ),
    ],
)
def test_faults_of_security(keys: dict[str, Any], words: list[str]) -> None:
    said = security(**keys)
    for word in words:
        assert word in said
    assert _SECRET not in said
    assert "1234" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"client": "kafka"}, ["client = 'kafka'", "'kafka-python'"]),
        (
            {"client": "kafka-python", "group": "g", "group_protocol": "consumer"},
            ["group_protocol = 'consumer'", "client = 'kafka-python'", "librdkafka"],
        ),
        ({"group_protocol": "consumer"}, ["group_protocol", "needs a group"]),
        ({"group": "g", "partitions": [0]}, ["group = 'g'", "remove partitions"]),
        ({"topic": "^payments-(.*"}, ["topic = '^payments-(.*'", "no regular expression"]),
        ({"topic": "^p.*", "partitions": [0]}, ["partitions = [0]", "name one topic"]),
        ({"topic": "a b"}, ["topic = 'a b'", "must be the name of a topic"]),
        ({"topic": "a" * 250}, ["topic", "at most 249"]),
        ({"start": "timestamp"}, ["start_timestamp", "needs it"]),
        ({"start_timestamp": 5}, ["start_timestamp = 5", "needs start = 'timestamp'"]),
        ({"start": "timestamp", "start_timestamp": -1}, ["start_timestamp = -1", "greater"]),
        ({"start": "timestamp", "start_timestamp": "noon"}, ["'noon'", "2026-01-31T12:00:00Z"]),
        ({"start": "timestamp", "start_timestamp": "2026-01-31"}, ["time zone"]),
        ({"isolation": "committed"}, ["isolation = 'committed'", "'read_uncommitted'"]),
    ],
)
def test_faults_of_the_source(keys: dict[str, Any], words: list[str]) -> None:
    said = faults(keys)
    for word in words:
        assert word in said
    assert len(said.splitlines()) == 1


def test_faults_of_the_sink() -> None:
    said = faults({}, {"compression": "brotli", "topic": "^a"})
    assert "[sink] compression = 'brotli'" in said
    assert "[sink] topic = '^a'" in said


@pytest.mark.parametrize("topic", ["records", "^rec.*"])
def test_a_stream_that_would_feed_on_itself(topic: str) -> None:
    message = f"[sink] topic = 'records': [source] topic = '{topic}' reads it too"
    assert message in faults({"topic": topic}, {"topic": "records"})
    elsewhere = {"type": "kafka", "bootstrap": "another:9092", "topic": "records"}
    source = {"type": "kafka", "bootstrap": "127.0.0.1:9092", "topic": topic}
    config.build({"source": source, "sink": elsewhere, "stream": {"label": "y"}})


@pytest.mark.parametrize(
    ("moment", "milliseconds"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01 00:00:00.250+00:00", 250),  # as a time of TOML's own comes in
        (1500, 1500),
    ],
)
def test_a_time_in_any_form(moment: str | int, milliseconds: int) -> None:
    table = {"bootstrap": "x:1", "topic": "t", "start": "timestamp", "start_timestamp": moment}
    assert Config.model_validate_json(json.dumps(table)).start_timestamp == milliseconds


def test_a_password_is_not_shown() -> None:
    keys = {**LOGIN, "password": _SECRET}
    table = {"bootstrap": "x:1", "topic": "t", "security": keys, "options": {"x": _SECRET}}
    source = Config.model_validate_json(json.dumps(table))
    connection = source.connection("tests")
    for shown in (repr(source), str(source), repr(connection), repr(source.security)):
        assert _SECRET not in shown
    assert _SECRET not in source.security.model_dump_json()
    assert source.security.secret("source") == _SECRET


def test_no_security_is_the_default() -> None:
    assert Security.model_validate({}).protocol == "plaintext"
