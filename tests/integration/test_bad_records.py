"""Whatever a topic brings, the stream goes on: each bad record is a dead letter, and counted."""

import json
import math
from pathlib import Path
from typing import NamedTuple, cast

from confluent_kafka import Message, Producer

from tests.integration.streams import LABEL, phishing
from tests.integration.test_delayed_labels import metrics, tables
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

GOOD = 1200
OPEN = 100
"""First come so many records without a label, from which the fields are known."""

FIRST = 150
"""Bad ones come after so many."""

TEN_MEGABYTES = 10 * 2**20
LONGEST = 1_000_000
"""Bytes of a dead letter, by default: topics take little more."""


def good(number: int, row: bytes, **more: object) -> dict[str, object]:
    """A record with its label, a text and an object beside its numbers."""
    beside = {"order_id": f"order-{number}", "country": "NO", "meta": {"version": 1}}
    return {**json.loads(row), **beside, **more}


class Bad(NamedTuple):
    """A record as it comes, why it is refused, and a word of the detail."""

    value: bytes | None
    reason: str
    detail: str


def bad(row: bytes) -> list[Bad]:
    record = good(0, row)
    text = json.dumps(record).encode()
    number = b'"age_of_domain": 1'
    assert number in text or number.replace(b"1", b"0") in text
    text = text.replace(number.replace(b"1", b"0"), number)
    many = {f"field-{place}": place for place in range(10_000)}

    def with_age(token: bytes) -> bytes:
        return text.replace(number, number[:-1] + token)

    return [
        Bad(None, "empty", "tombstone"),
        Bad(b"", "malformed", ""),
        Bad(b"\x00\x01\x02\xff", "malformed", ""),
        Bad(text[:-1], "malformed", ""),
        Bad(with_age(b"NaN"), "malformed", ""),
        Bad(with_age(b"Infinity"), "malformed", ""),
        Bad(with_age(b"-Infinity"), "malformed", ""),
        Bad(with_age(b"1e999"), "wrong_type", "age_of_domain"),
        Bad(with_age(b'"1"'), "wrong_type", "age_of_domain"),
        Bad(with_age(b'{"days": 1}'), "wrong_type", "age_of_domain"),
        Bad(with_age(b"[1]"), "wrong_type", "age_of_domain"),
        Bad(text.replace(b'"NO"', b'"\xff\xfe"'), "malformed", "utf-8"),
        Bad(json.dumps({**record, "country": {"code": "NO"}}).encode(), "wrong_type", "country"),
        Bad(json.dumps({**record, "meta": 5}).encode(), "wrong_type", "meta"),
        Bad(json.dumps({**record, LABEL: {"is": True}}).encode(), "wrong_type", LABEL),
        Bad(json.dumps({**record, "order_id": 1.5}).encode(), "wrong_type", "order_id"),
        Bad(json.dumps({LABEL: True}).encode(), "no_key", "order_id"),
        Bad(json.dumps({**record, **many, "age_of_domain": "1"}).encode(), "wrong_type", "age"),
        Bad(b"x" * TEN_MEGABYTES, "malformed", ""),
        Bad(json.dumps({**record, LABEL: "x" * TEN_MEGABYTES}).encode(), "too_many_classes", "x"),
    ]  # fmt: skip


def strange(row: bytes) -> list[dict[str, object]]:
    """Records that are odd, and good: all are learned."""
    return [
        good(10_000, row, age_of_domain=1e308),
        good(10_001, row, age_of_domain=-1e308),
        good(10_002, row, age_of_domain=None),
        good(10_003, row, meta=None),
        good(10_004, row, note="x" * TEN_MEGABYTES),
        good(10_005, row, **{f"field-{place}": place for place in range(10_000)}),
    ]


def produce(kafka: KafkaBroker, topic: str, values: list[bytes | None]) -> None:
    """Records larger than clients send by default."""
    most = {"message.max.bytes": 2 * TEN_MEGABYTES, "enable.idempotence": True}
    producer = Producer({"bootstrap.servers": kafka.bootstrap, **most})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(60) == 0


def headers(letter: Message) -> dict[str, str]:
    found = cast("list[tuple[str, bytes]]", letter.headers())
    return {name: value.decode() for name, value in found}


def test_whatever_comes_the_stream_goes_on(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic(config={"max.message.bytes": str(2 * TEN_MEGABYTES)})
    letters = create_topic()
    rows = phishing(GOOD)
    values: list[bytes | None] = []
    for number, row in enumerate(rows):
        record = good(number, row)
        if number < OPEN:
            del record[LABEL]
        values.append(json.dumps(record).encode())
    learned = [*values, *(json.dumps(record).encode() for record in strange(rows[0]))]
    unknown = [json.dumps({"order_id": f"nobody-{n}", LABEL: True}).encode() for n in range(3)]
    for place, value in enumerate([*learned[GOOD:], *unknown]):
        values.insert(FIRST + 40 * place, value)
    refused = {}
    for place, one in enumerate(bad(rows[0])):
        offset = FIRST + 33 + 41 * place
        values.insert(offset, one.value)
        refused[offset] = one
    produce(kafka, topic, values)

    asked = tables(kafka, topic, early=2)
    del asked["source"]["stop_at"]
    asked["dead_letters"] = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": letters}
    with Daemon(tmp_path, asked) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(
            lambda: metrics(port)['streamlr_offset{partition="0",}'] == len(values), "read all"
        )
        told = metrics(port)
        assert daemon.stop() == 0
        stopped = daemon.events("stopped")[-1]
        assert max(map(len, daemon.lines())) < 10_000  # no record stands whole in the log

    found = {int(headers(letter)["streamlr.offset"]): letter for letter in kafka.read(letters)}
    assert sorted(found) == sorted(refused)
    for offset, one in refused.items():
        letter, said = found[offset], headers(found[offset])
        original = one.value or b""
        assert letter.value() == original[:LONGEST]
        assert said.get("streamlr.bytes", str(len(original))) == str(len(original))
        assert (said["streamlr.source"], said["streamlr.partition"]) == (topic, "0")
        assert said["streamlr.reason"] == one.reason, one.value[:200] if one.value else None
        assert one.detail in said["streamlr.detail"]
        assert len(said["streamlr.detail"]) <= 1000
    reasons = [one.reason for one in refused.values()]
    for reason in set(reasons):
        counted = told[f'streamlr_records_rejected_total{{,reason="{reason}"}}']
        assert counted == reasons.count(reason)

    # what is odd and good is learned, and spoils nothing
    assert (stopped["records"], stopped["learned"]) == (len(learned), len(learned) - OPEN)
    assert stopped["rejected"] == len(refused)
    assert told['streamlr_labels_total{outcome="orphaned",}'] == 1  # pushed out by the third
    assert told["streamlr_labels_early{}"] == 2
    assert math.isfinite(stopped["log_loss"])
    assert told['streamlr_accuracy{,view="windowed"}'] > 0.85
