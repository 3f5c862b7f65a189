"""A Kafka topic, written by an idempotent producer: in order, nothing doubled by retries.

Documents of source partition p go to partition p modulo the topic's. After a crash the topic's
tail since the checkpoint is read, and documents that are there already are not sent again. Each
carries its writer's number in the header ``streamlr.writer``, so that several pipelines, or
predictions and dead letters, may share a topic.
"""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.components import ComponentConfig
from streamlr.kafka_client.connection import Bootstrap, Connection, Property, TopicName
from streamlr.kafka_client.security import Security
from streamlr.sinks import Sink


class Config(ComponentConfig):
    """Write to a Kafka topic."""

    type: Literal["kafka"] = "kafka"
    client: Literal["librdkafka", "kafka-python"] = Field(
        "librdkafka", description="kafka-python: pure Python, ten times slower"
    )
    bootstrap: Bootstrap
    topic: Annotated[TopicName, Field(description="topic to write; it must exist")]
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        "lz4", validate_default=True, description="of what is sent"
    )
    longest_bytes: Annotated[int, Field(ge=1000, le=9_000_000)] = Field(
        1_000_000,
        description="longest dead letter: of a longer one the beginning is written, for one that "
        "the topic does not take would stop the stream",
    )
    security: Security = Field(Security.model_validate({}), description="encryption and login")
    startup_seconds: Annotated[float, Field(gt=0)] = Field(10.0, description="deadline to connect")
    flush_seconds: Annotated[float, Field(gt=0)] = Field(
        60.0, description="longest wait for delivery"
    )
    options: dict[str, Property] = Field({}, description="the client's own properties", repr=False)

    @field_validator("compression")
    @classmethod
    def _client_has_it(cls, codec: str, others: ValidationInfo) -> str:
        if others.data.get("client") == "kafka-python":
            from streamlr.kafka_client.kafka_python import package_for  # noqa: PLC0415 - that client only

            package = package_for(codec)
            if package:
                message = (
                    f"client = 'kafka-python' needs the package {package} for it: install it, "
                    "choose another compression, or client = 'librdkafka'"
                )
                raise PydanticCustomError("compression", "{message}", {"message": message})
        return codec

    def connection(self, table: str) -> Connection:
        """How to reach the cluster, for this table."""
        return Connection(
            table=table,
            name=f"streamlr-{table.replace('_', '-')}",
            bootstrap=self.bootstrap,
            security=self.security,
            options=self.options,
            seconds=self.startup_seconds,
        )


def build(config: Config, table: str) -> Sink:
    """Prepare the configured client; nothing is connected yet."""
    if config.client == "kafka-python":
        from streamlr.sinks.kafka.kafka_python import KafkaPythonSink  # noqa: PLC0415 - the chosen one

        return KafkaPythonSink(config, table)
    from streamlr.sinks.kafka.librdkafka import LibrdkafkaSink  # noqa: PLC0415

    return LibrdkafkaSink(config, table)
