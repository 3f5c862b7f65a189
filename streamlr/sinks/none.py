"""Nowhere: for pipelines that only learn."""

from collections.abc import Sequence
from typing import Literal

from streamlr.components import ComponentConfig
from streamlr.emission import Document
from streamlr.sinks import Mark


class Config(ComponentConfig):
    """Write nothing."""

    type: Literal["none"] = "none"


def build(config: Config, table: str) -> "NoSink":  # noqa: ARG001 - one signature for every sink
    """Nothing to prepare."""
    return NoSink()


class NoSink:
    """Takes documents and forgets them; ``writes`` spares making them."""

    writes = False

    def open(self, mark: Mark | None) -> None:
        """Nothing to open."""

    def write(self, documents: Sequence[Document]) -> None:
        """Forget them."""

    def flush(self) -> Mark:
        """All of nothing is written."""
        return {}

    def beside(self, partition: int) -> "NoSink":  # noqa: ARG002 - one signature for every sink
        """Nowhere is everywhere."""
        return self

    def close(self) -> None:
        """Nothing is held."""
