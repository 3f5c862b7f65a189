"""Where reading a topic begins, and where it ends."""

from dataclasses import dataclass

from streamlr.errors import DataError, UnavailableError
from streamlr.kafka_client.cluster import Bounds, Cluster, Topic
from streamlr.records import Positions
from streamlr.sources.kafka import Config


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known before the first record.

    Attributes
    ----------
    topic
        The topic as it was found.
    positions
        Offset to begin at, of every partition to read.
    ends
        Offset to stop before; empty when reading never stops.
    """

    topic: Topic
    positions: Positions
    ends: Positions


def begin(config: Config, cluster: Cluster, checkpoint: Positions | None) -> Standing:
    """Find the topic, check the checkpoint's offsets, and decide.

    A partition that a checkpoint does not know was added after it, and is read from its
    beginning wherever ``start`` says a first run begins.

    Raises
    ------
    UnavailableError
        There is no such topic or partition, or no checkpoint though there should be.
    DataError
        Records between the checkpoint and now are gone.
    """
    if checkpoint is None and config.start == "checkpoint":
        message = (
            "[source] start = 'checkpoint', but there is none; set start = 'earliest' or "
            "'latest' to begin anew"
        )
        raise UnavailableError(message)
    topic = cluster.topic(config.topic)
    partitions = _partitions(config, topic, checkpoint or {})
    bounds = cluster.bounds(config.topic, partitions, committed=config.committed)
    if checkpoint is None:
        positions = _first(config, cluster, bounds)
    else:
        positions = {p: checkpoint.get(p, bounds[p].first) for p in partitions}
        _require_kept(config, positions, bounds)
    ends = {p: bound.end for p, bound in bounds.items()} if config.stop_at == "end" else {}
    return Standing(topic, positions, ends)


def _partitions(config: Config, topic: Topic, checkpoint: Positions) -> tuple[int, ...]:
    partitions = config.partitions or tuple(range(topic.partitions))
    known = checkpoint if not config.partitions else ()
    missing = [p for p in (*partitions, *known) if p >= topic.partitions]
    if not missing:
        return partitions
    text = f"topic {config.topic!r} has no partition {missing[0]}, only 0 to {topic.partitions - 1}"
    if config.partitions:
        raise UnavailableError(f"[source] partitions: {text}")
    raise DataError(
        f"[source] the checkpoint is of another topic: {text}. It was made anew with fewer. "
        "Remove the checkpoints to begin again from [source] start"
    )


def _first(config: Config, cluster: Cluster, bounds: dict[int, Bounds]) -> Positions:
    if config.start == "earliest":
        return {partition: bound.first for partition, bound in bounds.items()}
    ends = {partition: bound.end for partition, bound in bounds.items()}
    if config.start_timestamp is None:
        return ends
    found = cluster.since(
        config.topic, tuple(bounds), config.start_timestamp, committed=config.committed
    )
    return {partition: found.get(partition, end) for partition, end in ends.items()}


def _require_kept(config: Config, positions: Positions, bounds: dict[int, Bounds]) -> None:
    for partition, offset in positions.items():
        first, high = bounds[partition].first, bounds[partition].high
        if not first <= offset <= high:
            message = (
                f"[source] the checkpoint stands at offset {offset} of partition {partition} of "
                f"{config.topic!r}, which holds {first} to {high} only: records were deleted "
                "(retention), or the topic was made anew. Remove the checkpoints to begin again "
                "from [source] start"
            )
            raise DataError(message)


def gone(config: Config, partition: int, reason: str) -> DataError:
    """The records to read next were deleted while the daemon ran."""
    return DataError(
        f"[source] the next offset of partition {partition} of {config.topic!r} is gone: {reason}. "
        "Records were deleted (retention), or the topic was made anew. Remove the checkpoints to "
        "begin again from [source] start"
    )
