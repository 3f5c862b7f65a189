"""What was asked for on the command line: the stream, and a configuration for each schedule."""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from streamlr import config, registry
from streamlr.backtest import regret, topic_range
from streamlr.backtest.run import Job
from streamlr.backtest.topic_range import Edge
from streamlr.config import Configuration
from streamlr.errors import ConfigurationError, StorageError

_POINTS = 500
_POLL_RECORDS = 4096
_KEPT = {"stream", "classes", *config.COMPONENTS, *config.LISTS} - {"sink", "dead_letters"}
"""Tables of a daemon's configuration that a backtest takes over: what it learns from, and how."""

_MOST_FIXED_RATES = 100


@dataclass(frozen=True, slots=True)
class Stream:
    """What is run on.

    Attributes
    ----------
    title
        The file's or topic's name.
    source
        Table of the source that every run reads.
    records
        In all.
    facts
        What it is, for whoever wants to see the same again: heading → text.
    change_points
        Samples at which the stream is known to change.
    """

    title: str
    source: Any
    records: int
    facts: dict[str, str]
    change_points: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says, checked; nothing is read yet.

    Attributes
    ----------
    jobs
        Of every schedule, then of every fixed rate; their source is the one configured.
    begin, end
        ``--from`` and ``--to``.
    change_points
        Those given.
    """

    jobs: list[Job]
    begin: Edge | None
    end: Edge | None
    change_points: list[int]


def read(parsed: argparse.Namespace) -> Wanted:
    """Check everything that can be checked before a record is read.

    Raises
    ------
    ConfigurationError
        Naming option, value and remedy.
    StorageError
        What is to be written cannot be.
    """
    begin = Edge.read("--from", parsed.from_) if parsed.from_ is not None else None
    end = Edge.read("--to", parsed.to) if parsed.to is not None else None
    _require(
        begin is None or end is None or begin.is_time != end.is_time or begin.value < end.value,
        f"--to {parsed.to}: must be after --from {parsed.from_}",
    )
    _require(parsed.jobs is None or parsed.jobs >= 1, f"--jobs {parsed.jobs}: must be 1 or more")
    _require(
        parsed.fixed_rates == 0 or 2 <= parsed.fixed_rates <= _MOST_FIXED_RATES,  # noqa: PLR2004
        f"--fixed-rates {parsed.fixed_rates}: must be 2 to {_MOST_FIXED_RATES}, such as 16",
    )
    points = change_points(parsed.change_points) if parsed.change_points is not None else []
    tables = _tables(parsed)
    source = tables["source"].get("type") if isinstance(tables.get("source"), dict) else None
    _require(
        source in {"file", "kafka", "simulator", None},
        f"--config {parsed.config}: [source] type = {source!r} cannot be read again and again; "
        "save the stream to a file, and give FILE",
    )
    given = begin or end
    _require(
        given is None or source == "kafka",
        f"{given.option if given else ''}: a range is a topic's; remove it, or give --bootstrap "
        "and --topic",
    )
    if parsed.frequency is not None:
        tables["frequency"] = component_table("--frequency", parsed.frequency)
    jobs = _jobs(parsed, tables)
    for option, path in (("--json", parsed.json), ("--html", parsed.html)):
        if path is not None and not path.parent.is_dir():
            message = f"{option}: cannot write {path}: {path.parent} is no folder; create it"
            raise StorageError(message)
    return Wanted(jobs, begin, end, points)


def _require(holds: bool, fault: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise ConfigurationError(fault)


def change_points(text: str) -> list[int]:
    """Samples of ``--change-points``.

    Examples
    --------
    >>> change_points("10000,20000")
    [10000, 20000]
    """
    parts = [part.strip() for part in text.split(",")]
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit()]
    fits = len(numbers) == len(parts) and numbers == sorted(set(numbers))
    _require(
        fits, f"--change-points {text}: must be samples in ascending order, such as 10000,20000"
    )
    return numbers


def _tables(parsed: argparse.Namespace) -> dict[str, Any]:
    """Tables of the configuration, without a schedule where none is configured."""
    ways = {
        "FILE": parsed.file is not None,
        "--bootstrap and --topic": parsed.bootstrap is not None or parsed.topic is not None,
        "--config": parsed.config is not None,
    }
    given = [way for way, is_given in ways.items() if is_given]
    _require(bool(given), f"nothing to backtest on; give one of: {', '.join(ways)}")
    _require(len(given) == 1, f"{' and '.join(given)}: give only one of: {', '.join(ways)}")
    _require(
        parsed.format is None or parsed.file is not None,
        f"--format {parsed.format}: it is of FILE; remove it",
    )
    if parsed.config is not None:
        return _of_config(parsed)
    task = parsed.task or "binary"
    _require(
        parsed.target is not None or task == "unsupervised",
        "--target is missing; name the label's field",
    )
    stream = {"task": task, "label": parsed.target or "", "ignore": parsed.ignore}
    if parsed.file is not None:
        format_ = parsed.format or "auto"
        source = {"type": "file", "path": str(parsed.file), "format": format_}
        return {"source": source, "stream": stream}
    for option in ("bootstrap", "topic"):
        _require(
            getattr(parsed, option) is not None,
            f"--{option} is missing: a topic needs --bootstrap and --topic",
        )
    source = {"type": "kafka", "bootstrap": parsed.bootstrap, "topic": parsed.topic}
    return {"source": source, "stream": stream}


def _of_config(parsed: argparse.Namespace) -> dict[str, Any]:
    for option in ("target", "task", "ignore"):
        _require(
            not getattr(parsed, option),
            f"--{option}: with --config it is [stream] of {parsed.config} that says so; remove it",
        )
    tables = config.read_tables(parsed.config)
    return {name: table for name, table in tables.items() if name in _KEPT}


def _jobs(parsed: argparse.Namespace, tables: dict[str, Any]) -> list[Job]:
    asked = [(text, component_table("--schedule", text)) for text in parsed.schedule]
    sampled = parsed.html is not None
    jobs = [
        Job(label, _configuration(tables, schedule), sampled=sampled) for label, schedule in asked
    ]
    if not asked:
        own = _configuration(tables, tables.get("schedule"))
        jobs.append(Job(own.schedule.type, own, sampled=sampled))
    task = jobs[0].configuration.stream.task
    for rate in regret.fixed_rates(parsed.fixed_rates, task):
        schedule = {"type": "constant", "rate": rate}
        made = _configuration(tables, schedule)
        jobs.append(Job(f"constant:rate={rate:.3g}", made, fixed_rate=rate, sampled=sampled))
    return jobs


def _configuration(tables: dict[str, Any], schedule: Any) -> Configuration:  # noqa: ANN401 - unchecked
    """Of a schedule; None: the one that the model has by default."""
    others = {name: table for name, table in tables.items() if name != "schedule"}
    chosen = {} if schedule is None else {"schedule": schedule}
    return config.build({**others, **chosen, "name": "backtest", "web": {"enabled": False}})


def component_table(option: str, text: str) -> dict[str, Any]:
    """An option's ``NAME:KEY=VALUE,KEY=VALUE`` as a table of the configuration.

    Examples
    --------
    >>> component_table("--schedule", "constant:rate=0.5")
    {'type': 'constant', 'rate': 0.5}
    """
    name, _, options = text.partition(":")
    table: dict[str, Any] = {"type": name}
    for setting in filter(None, options.split(",")):
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigurationError(f"{option} {text}: {setting!r} is not KEY=VALUE")
        table[key.strip()] = config.toml_value(value)
    return table


@contextmanager
def opened(wanted: Wanted, console: Console) -> Iterator[Stream]:
    """The stream, ready to be read by every run; a topic's range is fetched first.

    Raises
    ------
    StreamlrError
        As the source does.
    """
    settings = wanted.jobs[0].configuration.source
    with TemporaryDirectory(prefix="streamlr-backtest-") as folder:
        if settings.type == "kafka":
            yield _topic(wanted, settings, Path(folder) / "range.recording", console)
        elif settings.type == "simulator":
            yield _simulated(settings, wanted)
        else:
            yield _file(settings, wanted)


def _file(settings: Any, wanted: Wanted) -> Stream:  # noqa: ANN401 - a source's Config
    records = registry.load("sources", "file").build(settings, "backtest").count()
    with settings.path.open("rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {"file": str(settings.path), "SHA-256": fingerprint}
    return Stream(settings.path.name, settings, records, facts, wanted.change_points)


def _simulated(settings: Any, wanted: Wanted) -> Stream:  # noqa: ANN401 - a source's Config
    _require(
        settings.samples > 0,
        "[source] samples = 0: a simulated stream without end cannot be backtested; set samples",
    )
    source = registry.load("sources", "simulator").build(settings, "backtest")
    facts = {"simulator": settings.stream, "seed": str(settings.seed)}
    facts["options"] = str(settings.options or "none")
    points = wanted.change_points or source.stream.change_points(settings.samples)
    settings = settings.model_copy(update={"rate": 0.0})
    return Stream(f"simulated {settings.stream}", settings, settings.samples, facts, points)


def _topic(wanted: Wanted, settings: Any, path: Path, console: Console) -> Stream:  # noqa: ANN401 - as above
    found = topic_range.record(settings, wanted.begin, wanted.end, path, console)
    facts = {"topic": f"{settings.topic} on {settings.bootstrap}"}
    facts |= {
        f"partition {name}": f"offsets {first:,} to {end - 1:,}"
        for name, (first, end) in found.ranges.items()
        if end > first
    }
    facts["SHA-256"] = f"{found.fingerprint} (of the records, as they came)"
    source = registry.load("sources", "recording").Config(path=path)
    return Stream(settings.topic, source, found.records, facts, wanted.change_points)


def on(stream: Stream, jobs: Sequence[Job]) -> list[Job]:
    """The jobs on this stream, their points at the same samples."""
    loop = jobs[0].configuration.loop
    sampled = any(job.sampled for job in jobs)
    records = -(-stream.records // _POINTS) if sampled else _POLL_RECORDS
    loop = loop.model_copy(update={"poll_records": min(max(records, 1), 100_000)})
    return [
        replace(job, configuration=replace(job.configuration, source=stream.source, loop=loop))
        for job in jobs
    ]
