"""A Kafka topic: assigned partitions, or all of them through a consumer group.

Delivery: reading resumes at the checkpoint's offsets, which are stored with the state they led
to, so every record is learned exactly once however the daemon ends. Offsets committed to the
group are for whoever watches lag; they are never read back.

A tombstone (a record without a value) is handed on as it is: the decoder rejects it as ``empty``,
and its key goes with it to the dead letters. Headers are not read: fields are in the value, and
reading headers would cost every record.

A pattern stands for the topics that match it at start: those of a checkpoint keep their places, and
those that came to be since are read from their beginning.

Two clients keep one contract. ``librdkafka`` costs a tenth of the time; ``kafka-python`` is for
where only Python may run. It has no KIP-848 groups (``group_protocol = "consumer"``), reads
snappy and zstd only with their packages, and a login that the broker refuses may be told as a
connection closed amid the login. What it cannot do is an error at start.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from streamlr.components import ComponentConfig
from streamlr.kafka_client.connection import Bootstrap, Connection, Property, TopicNames, is_pattern
from streamlr.kafka_client.security import Security
from streamlr.sources import Source

BRINGS = ("keys", "timestamps")
"""What comes with each record, beside its fields."""


def _milliseconds(value: Any) -> Any:  # noqa: ANN401 - unchecked
    """Milliseconds since 1970 of a text in ISO 8601 form; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        message = "must be a time like '2026-01-31T12:00:00Z', or milliseconds since 1970"
        raise PydanticCustomError("time", message) from error
    if moment.tzinfo is None:
        raise PydanticCustomError("time", "must say its time zone, such as 'Z' or '+01:00'")
    return int(moment.timestamp() * 1000)


class Config(ComponentConfig):
    """Read a Kafka topic."""

    type: Literal["kafka"] = "kafka"
    client: Literal["librdkafka", "kafka-python"] = Field(
        "librdkafka", description="kafka-python: pure Python, ten times slower"
    )
    bootstrap: Bootstrap
    topic: Annotated[
        TopicNames,
        Field(description="topic to read; beginning with ^: every one whose whole name matches"),
    ]
    partitions: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), description="empty: all of them, and those added later"
    )
    group: str = Field(
        "", description="consumer group; empty: partitions are assigned, none joined"
    )
    group_protocol: Literal["classic", "consumer"] = Field(
        "classic", description="'consumer': KIP-848, for brokers from 4.0"
    )
    start: Literal["earliest", "latest", "timestamp", "checkpoint"] = Field(
        "earliest",
        description="where to begin without a checkpoint; 'checkpoint': refuse to begin without",
    )
    start_timestamp: Annotated[
        Annotated[int, Field(ge=0)] | None,
        BeforeValidator(_milliseconds),
        WithJsonSchema({"type": ["string", "integer", "null"]}),
    ] = Field(
        None,
        validate_default=True,
        examples=["2026-01-31T12:00:00Z"],
        description="for 'timestamp': ISO 8601 with time zone, or milliseconds",
    )
    stop_at: Literal["never", "end"] = Field(
        "never", description="'end': where the topic ends at start"
    )
    isolation: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="whether records of open and aborted transactions are left out",
    )
    security: Security = Field(Security.model_validate({}), description="encryption and login")
    startup_seconds: Annotated[float, Field(gt=0)] = Field(10.0, description="deadline to connect")
    refresh_seconds: Annotated[float, Field(gt=0)] = Field(
        5.0, description="between two looks for new partitions, and for a topic made anew"
    )
    options: dict[str, Property] = Field({}, description="the client's own properties", repr=False)
    _labels: str = PrivateAttr("")

    @field_validator("partitions")
    @classmethod
    def _of_one_topic(cls, partitions: tuple[int, ...], others: ValidationInfo) -> tuple[int, ...]:
        if partitions and is_pattern(others.data.get("topic", "")):
            message = "partitions are those of one topic; remove them, or name one topic"
            raise PydanticCustomError("partitions", message)
        return partitions

    @field_validator("group")
    @classmethod
    def _shares_all(cls, group: str, others: ValidationInfo) -> str:
        if group and others.data.get("partitions"):
            message = "a group shares out all partitions; remove partitions, or the group"
            raise PydanticCustomError("group", message)
        return group

    @field_validator("group_protocol")
    @classmethod
    def _client_has_it(cls, protocol: str, others: ValidationInfo) -> str:
        if protocol == "consumer" and others.data.get("client") == "kafka-python":
            message = (
                "client = 'kafka-python' has no such groups (KIP-848); set 'classic', or "
                "client = 'librdkafka'"
            )
            raise PydanticCustomError("group_protocol", message)
        if protocol == "consumer" and others.data.get("group") == "":
            raise PydanticCustomError("group_protocol", "needs a group")
        return protocol

    @field_validator("start_timestamp")
    @classmethod
    def _goes_with_start(cls, moment: int | None, others: ValidationInfo) -> int | None:
        start = others.data.get("start")
        if start == "timestamp" and moment is None:
            raise PydanticCustomError("time", "start = 'timestamp' needs it")
        if start not in {"timestamp", None} and moment is not None:
            raise PydanticCustomError("time", "needs start = 'timestamp'")
        return moment

    def with_labels(self, topic: str) -> Self:
        """The same, and a second topic, which holds the labels."""
        both = self.model_copy()
        both._labels = topic
        return both

    @property
    def named(self) -> dict[str, str]:
        """Key of the configuration → the one topic that it names; none where it is a pattern."""
        if is_pattern(self.topic):
            return {}
        labels = {"[labels] topic": self._labels} if self._labels else {}
        return {"[source] topic": self.topic} | labels

    @property
    def several(self) -> bool:
        """Whether more topics than one may be read: those of a pattern, or the labels' too."""
        return len(self.named) != 1

    def matches(self, topic: str) -> bool:
        """Whether a topic is the one, or one of those, to read."""
        if is_pattern(self.topic):
            return re.fullmatch(self.topic, topic) is not None
        return topic in self.named.values()

    def reads(self, sink: ComponentConfig) -> bool:
        """Whether what a sink writes would come back as records."""
        same = getattr(sink, "bootstrap", None) == self.bootstrap
        return same and self.matches(getattr(sink, "topic", ""))

    @property
    def committed(self) -> bool:
        """Whether only committed records are read."""
        return self.isolation == "read_committed"

    def connection(self, name: str) -> Connection:
        """How to reach the cluster, for the pipeline of this name."""
        return Connection(
            table="source",
            name=f"streamlr-{name}",
            bootstrap=self.bootstrap,
            security=self.security,
            options=self.options,
            seconds=self.startup_seconds,
        )


def build(config: Config, name: str) -> Source:
    """Prepare the configured client; nothing is connected yet."""
    if config.client == "kafka-python":
        from streamlr.sources.kafka.kafka_python import (  # noqa: PLC0415 - the chosen client only
            KafkaPythonSource,
        )

        return KafkaPythonSource(config, name)
    from streamlr.sources.kafka.librdkafka import LibrdkafkaSource  # noqa: PLC0415

    return LibrdkafkaSource(config, name)
