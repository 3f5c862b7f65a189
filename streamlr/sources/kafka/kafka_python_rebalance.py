"""kafka-python's calls when a group gives and takes partitions: they come on its own thread.

For the one owner they only keep the books, which is done there and then. To load state or to hand
it over takes time, and the state is the polling thread's: there the call waits, without keeping the
client's thread from its heartbeats, until a poll has served it.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener

from streamlr.sources.kafka.numbers import Numbers

Call = Callable[[Sequence[int]], None]
_LOOK_SECONDS = 0.005


class Calls(NamedTuple):
    """What to call when partitions are given, taken and lost."""

    given: Call
    taken: Call
    lost: Call


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # no types there
    """Calls at once; what it calls must not block."""

    def __init__(self, numbers: Numbers, calls: Calls) -> None:
        self._numbers = numbers
        self._calls = calls

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group gave these."""
        self._calls.given(_numbers_of(self._numbers, assigned))

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """It takes these."""
        self._calls.taken(_numbers_of(self._numbers, revoked))

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Others have these already."""
        self._calls.lost(_numbers_of(self._numbers, lost))


class Rebalances:
    """What the client's thread waits for, and the polling thread does."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[Call, list[int], threading.Event]]
        self._asked = queue.SimpleQueue()
        self.closed = False

    def ask(self, call: Call, numbers: list[int]) -> threading.Event:
        """Have something done; what is returned is set when it is."""
        done = threading.Event()
        self._asked.put((call, numbers, done))
        return done

    def serve(self) -> bool:
        """Do what was asked for, in that order; whether there was anything."""
        served = False
        while not self._asked.empty():
            call, numbers, done = self._asked.get()
            served = True
            try:
                call(numbers)
            finally:
                done.set()
        return served

    def close(self) -> None:
        """Nobody will do anything any more: do not wait."""
        self.closed = True


class WaitingListener(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Waits until the polling thread has done what is to be done."""

    def __init__(
        self, numbers: Numbers, calls: Calls, consumer: KafkaConsumer, rebalances: Rebalances
    ) -> None:
        self._numbers = numbers
        self._calls = calls
        self._consumer = consumer
        self._rebalances = rebalances

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group gave these."""
        partitions = list(assigned)
        self._consumer.pause(*partitions)  # until it is known where to read
        for partition in partitions:
            self._consumer.seek(partition, 0)  # else it looks for an offset of its own
        await self._until_done(self._calls.given, partitions)
        if not self._rebalances.closed:
            self._consumer.resume(*partitions)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """It takes these."""
        await self._until_done(self._calls.taken, list(revoked))

    async def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Others have these already."""
        await self._until_done(self._calls.lost, list(lost))

    async def _until_done(self, call: Call, partitions: list[TopicPartition]) -> None:
        done = self._rebalances.ask(call, _numbers_of(self._numbers, partitions))
        while not done.is_set() and not self._rebalances.closed:
            await self._consumer._net.sleep(_LOOK_SECONDS)


def _numbers_of(numbers: Numbers, partitions: Iterable[TopicPartition]) -> list[int]:
    return [numbers.of(*where) for where in partitions]
