"""A Kafka topic: assigned partitions, or a share of a consumer group's.

Delivery: reading resumes at the checkpoint's offsets, which are stored with the state they led
to, so every record is learned exactly once however the daemon ends. Offsets committed to the
group are for whoever watches lag; they are never read back.
"""

from typing import Annotated, Literal

from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.sources import Source

Property = str | int | float | bool


class Config(ComponentConfig):
    """Read a Kafka topic."""

    type: Literal["kafka"] = "kafka"
    bootstrap: Annotated[str, Field(min_length=1, description="HOST:PORT[,HOST:PORT…]")]
    topic: Annotated[str, Field(min_length=1, description="topic to read")]
    partitions: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), description="empty: all of them"
    )
    group: str = Field(
        "", description="consumer group; empty: partitions are assigned, none joined"
    )
    start: Literal["earliest", "latest", "checkpoint"] = Field(
        "earliest",
        description="where to begin without a checkpoint; 'checkpoint': refuse to begin without",
    )
    stop_at: Literal["never", "end"] = Field(
        "never", description="'end': where the topic ends at start"
    )
    client: Literal["librdkafka"] = Field("librdkafka", description="library that speaks to Kafka")
    startup_seconds: Annotated[float, Field(gt=0)] = Field(10.0, description="deadline to connect")
    options: dict[str, Property] = Field({}, description="librdkafka properties: TLS, SASL, …")


def build(config: Config, name: str) -> Source:
    """Prepare the configured client; nothing is connected yet."""
    from streamlr.sources.kafka.librdkafka import LibrdkafkaSource  # noqa: PLC0415 - the chosen client only

    return LibrdkafkaSource(config, name)
