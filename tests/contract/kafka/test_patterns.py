"""A pattern: several topics read as one stream, each partition resumed where it stood."""

import re

import pytest

from streamlr.errors import DataError, UnavailableError
from streamlr.records import PARTITIONS
from tests.contract.kafka.conftest import OpenSource
from tests.contract.kafka.groups import committed
from tests.contract.kafka.polling import numbered, poll_count, poll_to_end, poll_until, values
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

US = PARTITIONS
"""The first partition of the second topic."""

_SOON = 0.5


@pytest.fixture
def prefix(kafka: KafkaBroker, topic: str) -> str:
    """Return what the names of two topics of ours begin with: one of two partitions, one of one."""
    kafka.create_topic(f"{topic}-eu", 2)
    kafka.create_topic(f"{topic}-us")
    kafka.produce(f"{topic}-eu", values(0, 30), partition=0)
    kafka.produce(f"{topic}-eu", values(0, 20), partition=1)
    kafka.produce(f"{topic}-us", values(0, 10))
    return topic


def pattern(prefix: str) -> str:
    return f"^{re.escape(prefix)}-.*"


def test_every_matching_topic_is_read(prefix: str, open_source: OpenSource) -> None:
    source = open_source(pattern(prefix), stop_at="end")
    expected = numbered(0, 30) + numbered(0, 20, 1) + numbered(0, 10, US)
    assert sorted(poll_to_end(source)) == expected
    assert source.topics == (f"{prefix}-eu", f"{prefix}-us")
    assert source.lag().records == {0: 0, 1: 0, US: 0}


def test_resumes_and_takes_up_new_topics(
    kafka: KafkaBroker, prefix: str, open_source: OpenSource
) -> None:
    """Those that were known keep their places, whatever the new one is called."""
    kafka.create_topic(f"{prefix}-ap")
    kafka.produce(f"{prefix}-ap", values(0, 5))
    known = (f"{prefix}-eu", f"{prefix}-us")
    positions = {0: 25, 1: 20, US: 9}
    source = open_source(pattern(prefix), positions, topics=known, stop_at="end", start="latest")
    expected = numbered(25, 30) + numbered(9, 10, US) + numbered(0, 5, 2 * PARTITIONS)
    assert sorted(poll_to_end(source)) == expected
    assert source.topics == (*known, f"{prefix}-ap")


def test_a_batch_names_its_topics(prefix: str, open_source: OpenSource) -> None:
    batch = open_source(pattern(prefix)).poll(500, 10.0)
    assert batch is not None
    assert batch.topics == (f"{prefix}-eu", f"{prefix}-us")


def test_a_group_has_all_of_them(kafka: KafkaBroker, prefix: str, open_source: OpenSource) -> None:
    source = open_source(pattern(prefix), group=prefix)
    poll_count(source, 60)
    source.commit({0: 30, 1: 20, US: 10})
    kafka.wait_until(
        lambda: committed(kafka.bootstrap, prefix, f"{prefix}-us") == {0: 10}, 10.0, "see it"
    )
    assert committed(kafka.bootstrap, prefix, f"{prefix}-eu", 2) == {0: 30, 1: 20}


@pytest.mark.parametrize("group", [False, True])
def test_partitions_added_to_one(
    kafka: KafkaBroker, prefix: str, open_source: OpenSource, group: bool
) -> None:
    source = open_source(pattern(prefix), group=prefix if group else "", refresh_seconds=_SOON)
    poll_count(source, 60)
    kafka.add_partitions(f"{prefix}-us", 2)
    kafka.produce(f"{prefix}-us", values(0, 10), partition=1)
    assert poll_count(source, 10) == numbered(0, 10, US + 1)


def test_one_of_them_made_anew(kafka: KafkaBroker, prefix: str, open_source: OpenSource) -> None:
    source = open_source(pattern(prefix), refresh_seconds=_SOON)
    poll_count(source, 60)
    kafka.delete_topic(f"{prefix}-us")
    kafka.create_topic(f"{prefix}-us")
    kafka.produce(f"{prefix}-us", values(0, 100))
    with pytest.raises(DataError, match=rf"\[source\] .*'{prefix}-us' .*made a(gai)?ne?w?.*check"):
        poll_until(source, lambda _found: False)


def test_one_of_them_gone_between_two_runs(prefix: str, open_source: OpenSource) -> None:
    known = (f"{prefix}-eu", f"{prefix}-za")
    with pytest.raises(DataError, match=rf"has read '{prefix}-za', which is not there any more"):
        open_source(pattern(prefix), {0: 0, 1: 0, US: 0}, topics=known)


def test_part_of_a_name_does_not_match(prefix: str, open_source: OpenSource) -> None:
    message = rf"\[source\] topic: the whole name of no topic on .* topics there: .*{prefix}-eu"
    with pytest.raises(UnavailableError, match=message):
        open_source(f"^{re.escape(prefix)}-e")


def test_a_checkpoint_of_one_topic(
    create_topic: CreateTopic, prefix: str, open_source: OpenSource
) -> None:
    with pytest.raises(DataError, match="the checkpoint has read one topic"):
        open_source(pattern(prefix), {0: 0})
    with pytest.raises(DataError, match=rf"has read several topics \({prefix}-eu, {prefix}-us\)"):
        open_source(create_topic(), {0: 0}, topics=(f"{prefix}-eu", f"{prefix}-us"))
