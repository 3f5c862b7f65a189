"""What does not go with labels that come apart is said before anything runs."""

from typing import Any

import pytest

from streamlr import config
from streamlr.errors import ConfigurationError

KAFKA = {"type": "kafka", "bootstrap": "localhost:9092", "topic": "orders"}
FILE = {"type": "file", "path": "orders.ndjson"}


def faults(labels: dict[str, Any], **tables: object) -> list[str]:
    given: dict[str, Any] = {
        "source": KAFKA,
        "stream": {"label": "paid"},
        "labels": {"type": "delayed", "key": "order_id", **labels},
        **tables,
    }
    try:
        config.build(given)
    except ConfigurationError as error:
        return list(error.faults)
    return []


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"key": "@key"},
        {"ttl_seconds": 5.0},
        {"topic": "payments"},
        {"time": "ts", "ttl_seconds": 3600, "label_wait_seconds": 60.0},
    ],
)
def test_what_goes_together(labels: dict[str, Any]) -> None:
    assert faults(labels) == []


def test_the_topic_of_labels_is_read_beside_the_other() -> None:
    tables = {
        "source": KAFKA,
        "stream": {"label": "paid"},
        "labels": {"type": "delayed", "key": "order_id", "topic": "payments"},
    }
    source = config.build(tables).source
    assert source.named == {"[source] topic": "orders", "[labels] topic": "payments"}
    assert source.several
    assert [source.matches(name) for name in ("orders", "payments", "others")] == [1, 1, 0]


def test_a_sink_may_not_write_where_labels_are_read() -> None:
    sink = {"type": "kafka", "bootstrap": "localhost:9092", "topic": "payments"}
    [fault] = faults({"topic": "payments"}, sink=sink)
    assert "[sink] topic = 'payments'" in fault


@pytest.mark.parametrize(
    ("labels", "tables", "told"),
    [
        (
            {"key": "paid"},
            {},
            ["[labels] key = 'paid'", "[stream] label names it", "another field"],
        ),
        ({"time": "paid"}, {}, ["[labels] time = 'paid'", "[stream] label names it"]),
        (
            {"key": "id"},
            {"stream": {"label": "paid", "features": ["id", "x"]}},
            ["[labels] key = 'id'", "[stream] features names it", "remove it there"],
        ),
        (
            {"time": "ts"},
            {"stream": {"label": "paid", "categories": ["ts"]}},
            ["[labels] time = 'ts'", "[stream] categories names it"],
        ),
        ({"key": "a", "time": "a"}, {}, ["[labels] time = 'a'", "the key too"]),
        ({"key": ""}, {}, ["[labels] key = ''", "at least 1 character"]),
        ({"ttl_seconds": 0.0}, {}, ["[labels] ttl_seconds = 0.0", "greater than 0"]),
        ({"ttl_seconds": -3.0}, {}, ["[labels] ttl_seconds = -3.0", "greater than 0"]),
        ({"pending": 0}, {}, ["[labels] pending = 0", "greater than or equal to 1"]),
        ({"keys": "a"}, {}, ["[labels] keys: unknown key (did you mean 'key'?)"]),
        (
            {"key": "@key"},
            {"source": FILE},
            ["[labels] key = '@key'", "type = 'file' have no message key", "name the field"],
        ),
        (
            {"ttl_seconds": 60.0},
            {"source": FILE},
            ["[labels] ttl_seconds = 60", "have no timestamp", "[labels] time"],
        ),
        (
            {"topic": "payments"},
            {"source": FILE},
            ["[labels] topic = 'payments'", "type = 'file' has no topics", "in one stream"],
        ),
        ({"topic": "orders"}, {}, ["[labels] topic = 'orders'", "reads it already"]),
        (
            {"topic": "payments"},
            {"source": {**KAFKA, "topic": "^orders-.*"}},
            ["[labels] topic = 'payments'", "'^orders-.*' is a pattern"],
        ),
        (
            {"topic": "payments"},
            {"source": {**KAFKA, "partitions": [1]}},
            ["[labels] topic = 'payments'", "[source] partitions", "remove them"],
        ),
        (
            {"topic": "payments"},
            {"state": {"unit": "partition"}},
            ["[labels] topic = 'payments'", "unit = 'partition'", "one topic"],
        ),
    ],
)
def test_what_does_not_is_told_with_its_remedy(
    labels: dict[str, Any], tables: dict[str, Any], told: list[str]
) -> None:
    [fault] = faults(labels, **tables)
    for words in told:
        assert words in fault
