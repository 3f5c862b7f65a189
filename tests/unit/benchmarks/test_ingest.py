"""What ``ingest`` makes of its runs; the runs themselves are not unit tests."""

import json
from argparse import ArgumentParser

import pytest

from benchmarks import ingest
from benchmarks.harness.daemon import DaemonRun
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.files import FileRun
from benchmarks.harness.spread import Spread
from benchmarks.loops import Outcome


def ours(cpu_seconds: float, wall_seconds: float = 1.0, ready_seconds: float = 2.0) -> DaemonRun:
    return DaemonRun(3000, 0.9, cpu_seconds, wall_seconds, ready_seconds, peak_bytes=200_000_000)


def loop(cpu_seconds: float) -> Outcome:
    return Outcome(600, 0.8, 3, cpu_seconds)


MEASURED = ingest.Measured(
    cold=ours(9.0, ready_seconds=40.0),
    warm=[ours(3.0), ours(1.0, wall_seconds=2.0), ours(2.0)],
    loop=[loop(6.0), loop(1.0), loop(8.0)],
    message_bytes=155.9,
    lanes=20,
    kafka_python=[ours(6.0), ours(2.0), ours(4.0)],
    ten_lanes=[ours(1.5), ours(0.5), ours(1.0)],
    sink=[ours(6.0), ours(3.0), ours(3.0)],
    loop_sink=[loop(12.0), loop(6.0), loop(9.0)],
    files={
        "ours": [FileRun(3000, 1.0), FileRun(3000, 2.0), FileRun(3000, 3.0)],
        "vw_file": [FileRun(3000, 2.0), FileRun(3000, 2.0), FileRun(3000, 12.0)],
        "vw_text": [FileRun(3000, 0.5), FileRun(3000, 1.0), FileRun(3000, 1.5)],
    },
    round_trip_ms=[*range(101)],
    kernel={"1.10.2": 120.0},
)


def test_every_figure_has_its_name_and_value() -> None:
    figures = ingest.figures(MEASURED)
    assert {name: spread.median for name, spread in figures.items()} == {
        "ratio_librdkafka": 10.0,
        "ratio_kafka_python": 5.0,
        "ratio_ten_lanes": 20.0,
        "ratio_librdkafka_sink": 10.0,
        "ratio_vw_file": 2.0,
        "ratio_vw_text": 0.5,
        "round_trip_p50_ms": 50.0,
        "round_trip_p99_ms": 99.0,
        "ours_samples_per_cpu_second": 1500.0,
        "loop_samples_per_cpu_second": 100.0,
        "ours_samples_per_second": 3000.0,
        "file_samples_per_cpu_second": 1500.0,
        "message_bytes": 155.9,
        "partitions": 1,
        "lanes": 20,
        "ready_seconds_cold": 40.0,
        "ready_seconds_warm": 2.0,
        "rss_mb": 200.0,
        "kernel_ns.1.10.2": 120.0,
    }
    assert figures["ratio_librdkafka"] == Spread(median=10.0, least=5.0, most=20.0, count=3)


def test_records_are_flat_objects_of_about_150_bytes() -> None:
    records = list(ingest.messages(6_000))
    assert len(records) == 6_000
    assert 140 < sum(map(len, records)) / len(records) < 165
    assert list(json.loads(records[0])) == [*(f"x{column}" for column in range(10)), "target"]


def test_a_shorter_topic_is_the_beginning_of_a_longer_one() -> None:
    assert list(ingest.messages(5_500))[:100] == list(ingest.messages(100))


def test_a_record_not_learned_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="the loop learned 9 records of 10"):
        ingest._require_all("the loop", 9, 10)


def test_the_loop_cannot_have_more_than_all() -> None:
    parser = ArgumentParser()
    ingest.add_options(parser)
    with pytest.raises(BenchmarkError, match="a part of --records"):
        ingest.measure(parser.parse_args(["--records", "1000", "--loop-records", "2000"]))


@pytest.mark.parametrize("wrong", [["--repeats", "2"], ["--records", "many"]])
def test_options_out_of_range(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    ingest.add_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(wrong)
    assert wrong[0] in capsys.readouterr().err
