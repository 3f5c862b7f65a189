"""How one table of the configuration says to reach a Kafka cluster."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from streamlr.kafka_client.security import Security

Property = str | int | float | bool
"""A value of a client's own property, as TOML has them."""

_LONGEST_TOPIC = 249
_TOPIC = re.compile(r"[a-zA-Z0-9._-]+")


def _topic_name(name: str) -> str:
    if _TOPIC.fullmatch(name) is None or len(name) > _LONGEST_TOPIC or name in {".", ".."}:
        raise PydanticCustomError(
            "topic",
            "must be the name of a topic: at most 249 of a-z, A-Z, 0-9, '.', '_' and '-'",
        )
    return name


def is_pattern(topic: str) -> bool:
    """Whether it stands for every topic that it matches, by the clients' convention."""
    return topic.startswith("^")


def _name_or_pattern(topic: str) -> str:
    if not is_pattern(topic):
        return _topic_name(topic)
    try:
        re.compile(topic)
    except re.error as error:
        message = "begins with ^, so it is a pattern, but no regular expression: {reason}"
        raise PydanticCustomError("topic", message, {"reason": str(error)}) from error
    return topic


TopicName = Annotated[str, AfterValidator(_topic_name)]
TopicNames = Annotated[str, AfterValidator(_name_or_pattern)]
"""One topic, or a pattern."""
Bootstrap = Annotated[str, Field(min_length=1, description="HOST:PORT[,HOST:PORT…]")]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a cluster is and how to be let in.

    Attributes
    ----------
    table
        The table's name, for messages.
    name
        What the client calls itself to the broker.
    bootstrap
        Addresses to begin with.
    security
        Encryption and login.
    options
        The operator's own properties for the client; they win over everything.
    seconds
        Deadline for an answer at start.
    """

    table: str
    name: str
    bootstrap: str
    security: Security
    options: Mapping[str, Property] = field(repr=False)
    seconds: float
