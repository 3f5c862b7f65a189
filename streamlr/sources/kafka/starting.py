"""Where reading begins, and where it ends: of one topic, or of those that a pattern stands for."""

from dataclasses import dataclass

from streamlr.errors import DataError, UnavailableError
from streamlr.kafka_client.cluster import Bounds, Cluster, Topic, likest
from streamlr.records import Positions, Topics
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.numbers import Numbers

_ANEW = "Remove the checkpoints to begin again from [source] start"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known before the first record.

    Attributes
    ----------
    topics
        Name → the topic as it was found, in the order of their places.
    positions
        Offset to begin at, of every partition to read.
    ends
        Offset to stop before; empty when reading never stops.
    """

    topics: dict[str, Topic]
    positions: Positions
    ends: Positions


def begin(
    config: Config, cluster: Cluster, checkpoint: Positions | None, known: Topics
) -> Standing:
    """Find the topics, check the checkpoint's offsets, and decide.

    A partition or topic that a checkpoint does not know was added after it, and is read from its
    beginning wherever ``start`` says a first run begins.

    Parameters
    ----------
    checkpoint
        Its positions; None: there is none.
    known
        Its topics, where they are several.

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
    names = _names(config, cluster, checkpoint is not None, known)
    numbers = Numbers(names)
    standing = Standing({}, {}, {})
    for name in names:
        standing.topics[name] = cluster.topic(name)
        before = None if checkpoint is None else numbers.of_topic(name, checkpoint)
        partitions = _partitions(config, name, standing.topics[name], before or {})
        bounds = cluster.bounds(name, partitions, committed=config.committed)
        for partition, offset in _begins(config, cluster, name, bounds, before).items():
            standing.positions[numbers.of(name, partition)] = offset
        if config.stop_at == "end":
            standing.ends.update({numbers.of(name, p): b.end for p, b in bounds.items()})
    return standing


def _names(config: Config, cluster: Cluster, resumes: bool, known: Topics) -> Topics:  # noqa: FBT001 - a fact
    if resumes and config.several != bool(known):
        was = f"several topics ({', '.join(known)})" if known else "one topic"
        raise DataError(
            f"[source] topic = {config.topic!r}: the checkpoint has read {was}. Put the topic "
            f"back as it was. {_ANEW}"
        )
    if config.named:
        return _named(config, cluster, known)
    there = [name for name in cluster.names() if not name.startswith("__")]
    matching = [name for name in sorted(there) if config.matches(name)]
    missing = [name for name in known if name not in matching]
    if missing:
        raise DataError(
            f"[source] topic = {config.topic!r}: the checkpoint has read {missing[0]!r}, which is "
            f"not there any more, or does not match. {_ANEW}"
        )
    if not matching:
        raise UnavailableError(
            f"[source] topic: the whole name of no topic on {config.bootstrap} matches "
            f"{config.topic!r}; topics there: {likest(config.topic, there)}. Create one, or "
            "correct the pattern"
        )
    return (*known, *(name for name in matching if name not in known))


def _named(config: Config, cluster: Cluster, known: Topics) -> Topics:
    """The topics that the configuration names; of one, the cluster says itself if it is missing."""
    names = tuple(config.named.values())
    if known and known != names:
        raise DataError(
            f"[source] topic, [labels] topic: the checkpoint has read {' and '.join(known)}, not "
            f"{' and '.join(names)}. Put them back as they were. {_ANEW}"
        )
    for key, name in list(config.named.items())[1:]:
        if name not in (there := cluster.names()):
            raise UnavailableError(
                f"{key}: there is no topic {name!r} on {config.bootstrap}; topics there: "
                f"{likest(name, there)}. Create it, or name another"
            )
    return names


def _partitions(config: Config, name: str, topic: Topic, before: Positions) -> tuple[int, ...]:
    partitions = config.partitions or tuple(range(topic.partitions))
    known = before if not config.partitions else ()
    missing = [p for p in (*partitions, *known) if p >= topic.partitions]
    if not missing:
        return partitions
    text = f"topic {name!r} has no partition {missing[0]}, only 0 to {topic.partitions - 1}"
    if config.partitions:
        raise UnavailableError(f"[source] partitions: {text}")
    raise DataError(
        f"[source] the checkpoint is of another topic: {text}. It was made anew with fewer. {_ANEW}"
    )


def _begins(
    config: Config, cluster: Cluster, name: str, bounds: dict[int, Bounds], before: Positions | None
) -> Positions:
    if before is not None:
        positions = {p: before.get(p, bound.first) for p, bound in bounds.items()}
        _require_kept(name, positions, bounds)
        return positions
    if config.start == "earliest":
        return {partition: bound.first for partition, bound in bounds.items()}
    ends = {partition: bound.end for partition, bound in bounds.items()}
    if config.start_timestamp is None:
        return ends
    moment, committed = config.start_timestamp, config.committed
    found = cluster.since(name, tuple(bounds), moment, committed=committed)
    return {partition: found.get(partition, end) for partition, end in ends.items()}


def _require_kept(name: str, positions: Positions, bounds: dict[int, Bounds]) -> None:
    for partition, offset in positions.items():
        first, high = bounds[partition].first, bounds[partition].high
        if not first <= offset <= high:
            raise DataError(
                f"[source] the checkpoint stands at offset {offset} of partition {partition} of "
                f"{name!r}, which holds {first} to {high} only: records were deleted "
                f"(retention), or the topic was made anew. {_ANEW}"
            )


def gone(topic: str, partition: int, reason: str) -> DataError:
    """The records to read next were deleted while the daemon ran."""
    return DataError(
        f"[source] the next offset of partition {partition} of {topic!r} is gone: {reason}. "
        f"Records were deleted (retention), or the topic was made anew. {_ANEW}"
    )
