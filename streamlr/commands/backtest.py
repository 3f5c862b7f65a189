"""``streamlr backtest``: schedules compared on a file or on a range of a topic."""

import argparse
from pathlib import Path

from streamlr import tasks

HELP = "compare schedules on a file or a range of a topic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to read, what to try, and where to write."""
    _add_stream(parser.add_argument_group("the stream: FILE, a topic, or --config"))
    schedules = parser.add_argument_group("the schedules")
    schedules.add_argument(
        "--schedule",
        action="append",
        default=[],
        metavar="NAME[:KEY=VALUE,…]",
        help="schedule to try (repeatable; default: race, or that of --config), with options as in "
        "the configuration",
    )
    schedules.add_argument(
        "--frequency",
        metavar="NAME[:KEY=VALUE,…]",
        help="how often a sample is learned, by all of them: follow_loss, for instance (default: "
        "every_sample, or that of --config)",
    )
    schedules.add_argument(
        "--fixed-rates",
        type=int,
        default=0,
        metavar="N",
        help="try so many constant rates too, 16 for instance: the best in hindsight is what the "
        "others are measured against",
    )
    schedules.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="runs at a time (default: one a processor, or one where all together are short)",
    )
    results = parser.add_argument_group("the results")
    results.add_argument("--json", type=Path, metavar="OUT", help="write the results there too")
    results.add_argument(
        "--html", type=Path, metavar="OUT", help="write a report with plots there, a single page"
    )
    results.add_argument(
        "--change-points",
        metavar="SAMPLE,SAMPLE,…",
        help="where the stream is known to change: marks in the plots (a simulator's are known)",
    )


def _add_stream(parser: argparse._ArgumentGroup) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="CSV, NDJSON, ARFF (gzipped or not) or Parquet",
    )
    parser.add_argument(
        "--format",
        choices=["auto", "csv", "ndjson", "arff", "parquet"],
        help="of FILE (default: by its name)",
    )
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="the Kafka broker")
    parser.add_argument("--topic", help="the topic; no group is joined, no offset committed")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="TOML",
        help="a daemon's configuration: its source, stream, features, model, detector",
    )
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="OFFSET|TIME",
        help="first record of the topic (default: the first one kept); a time as "
        "2026-01-31T12:00:00Z",
    )
    parser.add_argument(
        "--to", metavar="OFFSET|TIME", help="stop before this one (default: the end as it stands)"
    )
    parser.add_argument("--target", metavar="FIELD", help="the label's field")
    parser.add_argument("--task", choices=tasks.NAMES, help="default: binary")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="FIELD",
        help="leave a field out (repeatable)",
    )


def command(parsed: argparse.Namespace) -> int:
    """Run all, print the table, write what is asked for."""
    from streamlr.backtest import command as backtest  # noqa: PLC0415 - heavy imports where needed

    return backtest.run(parsed)
