"""The hand-written loop: kafka-python, json.loads, River's scaler and logistic regression, ADWIN.

Written and set up to be fast, as somebody would who measured it (records per CPU-second, 156-byte
records, lz4): whole polls rather than one message at a time; large polls and fetches; no client
metrics; no checksums, which librdkafka leaves out by default too and kafka-python computes in
Python, at a quarter of the whole loop's time. With ``--sink`` it writes its predictions to a topic.

``python -m benchmarks.loops.river_loop`` prints one JSON object. Its CPU time starts when the first
poll has come, so neither imports nor connecting count, nor reading the first 5,000 records (under
2 % of 60,000 records' time, in the loop's favour).
"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Protocol

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from river.drift import ADWIN
from river.linear_model import LogisticRegression
from river.metrics import Accuracy
from river.preprocessing import StandardScaler

from benchmarks.loops import Outcome

_SILENCE_SECONDS = 30.0


class Message(Protocol):
    """What the loop needs of a message of kafka-python."""

    @property
    def value(self) -> bytes:
        """A flat JSON object."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""


class Sink(Protocol):
    """Where predictions go."""

    def write(self, value: bytes) -> None:
        """Take one."""

    def flush(self) -> None:
        """Return when all are where they belong."""


class KafkaSink:
    """Partition 0 of a topic: large batches, lz4, every replica's word, as the daemon's sink."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            linger_ms=50,
            batch_size=256 * 1024,
            compression_type="lz4",
            metrics_enabled=False,
        )
        self._topic = topic

    def write(self, value: bytes) -> None:
        """Send a message."""
        self._producer.send(self._topic, value, partition=0)

    def flush(self) -> None:
        """Wait until all are delivered."""
        self._producer.flush()


def learn(
    polls: Iterable[Sequence[Message]],
    records: int,
    sink: Sink | None = None,
    label: str = "target",
) -> Outcome:
    """Predict, score and learn the first ``records`` records.

    Parameters
    ----------
    polls
        Of a consumer.
    records
        How many to learn.
    sink
        Takes each prediction, as JSON.
    label
        Its field.

    Raises
    ------
    EOFError
        There were fewer.
    """
    model = StandardScaler() | LogisticRegression()
    accuracy = Accuracy()
    drift = ADWIN()
    learned = alarms = 0
    began = None
    for messages in polls:
        if began is None:
            began = time.process_time()
        for message in messages:
            features = json.loads(message.value)
            truth = features.pop(label)
            predicted = model.predict_one(features)
            accuracy.update(truth, predicted)
            if sink is not None:
                said = {"offset": message.offset, "prediction": predicted, "label": truth}
                sink.write(json.dumps(said).encode())
            drift.update(predicted != truth)
            if drift.drift_detected:
                alarms += 1
            model.learn_one(features, truth)
            learned += 1
            if learned == records:
                if sink is not None:
                    sink.flush()
                return Outcome(learned, accuracy.get(), alarms, time.process_time() - began)
    raise EOFError(f"{learned} records, {records} wanted")


def read(bootstrap: str, topic: str) -> Generator[Sequence[Message], None, None]:
    """Poll partition 0 from its beginning, until nothing comes for 30 s."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        check_crcs=False,
        metrics_enabled=False,
        max_poll_records=5000,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    try:
        while polled := consumer.poll(timeout_ms=_SILENCE_SECONDS * 1000):
            yield from polled.values()
    finally:
        consumer.close()


def main() -> None:
    """Read the arguments, run the loop, print the outcome."""
    parser = ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--sink", metavar="TOPIC", help="write predictions there")
    asked = parser.parse_args()
    sink = KafkaSink(asked.bootstrap, asked.sink) if asked.sink else None
    with closing(read(asked.bootstrap, asked.topic)) as polls:  # left to the interpreter, it hangs
        outcome = learn(polls, asked.records, sink)
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
