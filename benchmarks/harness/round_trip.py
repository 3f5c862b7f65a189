"""How long a record takes to become a prediction: from one topic, through the daemon, to another.

Records are sent one by one at a steady rate. The clock starts when a record is handed to the
producer and stops when its prediction is handed to the consumer, so both ways through the broker
count, and so do this process's own clients.
"""

import json
import threading
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.harness.errors import BenchmarkError
from tests.servers.daemon import Daemon

WARM_UP = 200
"""Records before those that count: connections are made, caches filled."""

_SILENCE_SECONDS = 30.0


def milliseconds(
    folder: Path,
    bootstrap: str,
    topics: tuple[str, str],
    messages: Sequence[bytes],
    per_second: float,
) -> list[float]:
    """Send messages through a daemon with the shipped defaults; return what each took.

    Parameters
    ----------
    topics
        Empty ones: for records, and for predictions.
    messages
        Flat JSON objects with their label in ``target``; the first ``WARM_UP`` are not in the
        result.

    Raises
    ------
    BenchmarkError
        A prediction did not come.
    """
    source, sink = topics
    features = [name for name in json.loads(messages[0]) if name != "target"]
    kafka = {"type": "kafka", "bootstrap": bootstrap}
    daemon = Daemon(
        folder,
        {
            "source": {**kafka, "topic": source},
            "stream": {"label": "target", "features": features},
            "sink": {**kafka, "topic": sink},
            "checkpoint": {"directory": str(folder / "checkpoints")},
            "log": {"format": "json", "level": "info"},
        },
    )
    daemon.start()
    try:
        daemon.wait_for("ready")
        return _send_and_receive(bootstrap, topics, messages, per_second)
    finally:
        daemon.stop()


def _send_and_receive(
    bootstrap: str, topics: tuple[str, str], messages: Sequence[bytes], per_second: float
) -> list[float]:
    sent: list[float] = []
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "benchmarks-round-trip"})
    consumer.assign([TopicPartition(topics[1], 0, 0)])
    sending = threading.Thread(
        target=_send, args=(bootstrap, topics[0], messages, per_second, sent), daemon=True
    )
    took: dict[int, float] = {}
    try:
        sending.start()
        while len(took) < len(messages):
            message = consumer.poll(_SILENCE_SECONDS)
            if message is None:
                raise BenchmarkError(
                    f"{len(took)} predictions of {len(messages)} came, then none for "
                    f"{_SILENCE_SECONDS:g} s"
                )
            if message.error() is None:
                at = time.perf_counter()
                offset = json.loads(message.value() or b"{}")["offset"]
                took[offset] = (at - sent[offset]) * 1000.0
    finally:
        consumer.close()
    sending.join()
    return [took[offset] for offset in range(WARM_UP, len(messages))]


def _send(
    bootstrap: str, topic: str, messages: Sequence[bytes], per_second: float, sent: list[float]
) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    began = time.perf_counter()
    for number, message in zip(count(), messages, strict=False):
        time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        sent.append(time.perf_counter())
        producer.produce(topic, message, partition=0)
        producer.poll(0)
    producer.flush(_SILENCE_SECONDS)
