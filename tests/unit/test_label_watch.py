"""Labels that stop are told once, and so is their return."""

import pytest

from streamlr.label_watch import LabelNews, LabelWatch

NOTHING = LabelNews(came=False, stopped=False, back=False)
CAME = LabelNews(came=True, stopped=False, back=False)


def test_labels_that_come_are_no_news() -> None:
    watch = LabelWatch(0, 0)
    for records in range(100, 5000, 100):
        assert watch.look(records, records // 2) == CAME
        assert watch.waiting == 0


def test_labels_that_stop_are_told_once_and_once_more_when_they_are_back() -> None:
    watch = LabelWatch(0, 0)
    assert watch.look(500, 500) == CAME
    assert watch.look(1500, 500) == NOTHING
    assert watch.look(1600, 500) == LabelNews(came=False, stopped=True, back=False)
    assert watch.waiting == 1100
    assert watch.look(9000, 500) == NOTHING
    assert watch.look(9100, 501) == LabelNews(came=True, stopped=False, back=True)
    assert watch.look(9200, 502) == CAME


@pytest.mark.parametrize(("learned", "patience"), [(10_000, 1000), (50, 2000 + 20)])
def test_where_labels_are_rare_it_waits_longer(learned: int, patience: int) -> None:
    watch = LabelWatch(10_000, learned - 1)
    watch.look(10_000, learned)
    assert watch.look(10_000 + patience - 30, learned) == NOTHING
    assert watch.look(10_000 + 2 * patience, learned).stopped


def test_bursts_are_waited_for_once_they_are_known() -> None:
    """Labels come every 5,000 records, all at once."""
    watch = LabelWatch(0, 0)
    watch.look(5000, 5000)
    told = []
    for burst in range(1, 5):
        told += [watch.look(5000 * burst + 100 * step, 5000 * burst).stopped for step in range(50)]
    assert told == [False] * 11 + [True] + [False] * 188


def test_where_no_label_has_ever_come_none_has_stopped() -> None:
    watch = LabelWatch(0, 0)
    assert watch.look(10**6, 0) == NOTHING
    assert watch.waiting == 10**6
