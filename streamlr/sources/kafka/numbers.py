"""One row of numbers for the partitions of several topics: all else counts by these."""

from collections.abc import Iterable

from streamlr.records import PARTITIONS, Positions, Topics, origin, partition_name


class Numbers:
    """Partition p of the topic at place k has number k × ``PARTITIONS`` + p.

    Parameters
    ----------
    topics
        The topics read, at least one: the place of each is for ever, a checkpoint holds them.

    Examples
    --------
    >>> numbers = Numbers(("eu", "us"))
    >>> numbers.of("us", 3), numbers.where(1_000_003)
    (1000003, ('us', 3))
    """

    def __init__(self, topics: Topics) -> None:
        self.topics = topics
        self._first = {topic: place * PARTITIONS for place, topic in enumerate(topics)}

    def of(self, topic: str, partition: int) -> int:
        """A partition's number."""
        return self._first[topic] + partition

    def where(self, number: int) -> tuple[str, int]:
        """Topic and partition of a number."""
        return origin(number, self.topics)

    def names(self, numbers: Iterable[int]) -> list[str]:
        """Partitions for people, in order; with their topics where there are several."""
        topics = self.topics if len(self.topics) > 1 else ()
        return [partition_name(number, topics) for number in sorted(numbers)]

    def of_topic(self, topic: str, positions: Positions) -> Positions:
        """Positions in one topic, by its own partitions."""
        found = {self.where(number): offset for number, offset in positions.items()}
        return {partition: offset for (name, partition), offset in found.items() if name == topic}
