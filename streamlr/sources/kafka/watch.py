"""Whether the topic is still the one that reading began with.

A client reads on at the same offset when a topic was deleted and made again, and says nothing:
the records before that offset would be skipped in silence. The broker gives every topic an
identity, which tells.
"""

import time
from collections.abc import Callable

from streamlr.errors import DataError, UnavailableError
from streamlr.kafka_client.cluster import Topic
from streamlr.records import Positions
from streamlr.sources.kafka import Config


class TopicWatch:
    """What was seen of a topic, now and then.

    Parameters
    ----------
    config
        How long a topic may be away.
    name
        The topic's.
    topic
        As it was at start.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        config: Config,
        name: str,
        topic: Topic,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._name = name
        self._topic = topic
        self._clock = clock
        self._away_since: float | None = None

    def see(self, found: Topic | None, positions: Positions) -> range:
        """Compare with what there is now.

        Parameters
        ----------
        found
            The topic; None: there is none of this name.
        positions
            How far it was read, for the message.

        Returns
        -------
        range
            Partitions to read from now on.

        Raises
        ------
        DataError
            It was deleted and made again.
        UnavailableError
            It was deleted.
        """
        if found is None:
            self._see_none()
            return range(0)
        self._away_since = None
        known = self._topic
        if known.identity and found.identity and found.identity != known.identity:
            raise self._made_anew(positions)
        if found.partitions < known.partitions:
            raise self._made_anew(positions)
        if self._config.partitions or self._config.stop_at == "end":
            return range(0)
        self._topic = Topic(known.identity or found.identity, found.partitions)
        return range(known.partitions, found.partitions)

    def _see_none(self) -> None:
        """A broker that just came back may not know its topics yet: it gets the time of a start."""
        now, config = self._clock(), self._config
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since > config.startup_seconds:
            raise UnavailableError(
                f"[source] topic: {self._name!r} was deleted on {config.bootstrap} while it was "
                "read. Create it again and remove the checkpoints, or name another topic"
            )

    def _made_anew(self, positions: Positions) -> DataError:
        config = self._config
        offsets = ", ".join(f"{offset} of partition {p}" for p, offset in sorted(positions.items()))
        return DataError(
            f"[source] topic: {self._name!r} was deleted and made again on {config.bootstrap} "
            f"while it was read. Reading stood at offset {offsets}; what the new topic holds "
            "before that was not read. Remove the checkpoints to begin again from [source] start"
        )
