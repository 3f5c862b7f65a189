"""kafka-python's calls when a group gives and takes partitions: they come on its own thread.

They come amid a poll only, whose thread waits for their end. For the one owner they just keep the
books, which is done there and then. To load state or to hand it over takes longer: it is done on
one more thread, so that the client's own can go on with its heartbeats.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
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


class PatientListener(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Calls on a thread beside, and waits; what it calls may take its time."""

    def __init__(self, numbers: Numbers, calls: Calls, consumer: KafkaConsumer) -> None:
        self._numbers = numbers
        self._calls = calls
        self._sleep = consumer._net.sleep
        self._beside = ThreadPoolExecutor(1, "rebalance")

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group gave these."""
        await self._call(self._calls.given, assigned)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """It takes these."""
        await self._call(self._calls.taken, revoked)

    async def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Others have these already."""
        await self._call(self._calls.lost, lost)

    async def _call(self, call: Call, partitions: Iterable[TopicPartition]) -> None:
        done = self._beside.submit(call, _numbers_of(self._numbers, partitions))
        while not done.done():
            await self._sleep(_LOOK_SECONDS)
        done.result()


def _numbers_of(numbers: Numbers, partitions: Iterable[TopicPartition]) -> list[int]:
    return [numbers.of(*where) for where in partitions]
