"""``streamlr decisions``: what a schedule decided, and why, by a daemon or its checkpoints."""

import argparse
import http.client
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import msgspec

from streamlr.errors import ConfigurationError, UnavailableError

HELP = "tell drift alarms and changes of the learning rate, and why"
_SECONDS = 10.0


class _Entry(msgspec.Struct):
    sample: int
    event: str
    reason: str
    old: float | None
    new: float | None
    evidence: float | None


class _Unit(msgspec.Struct):
    partitions: tuple[str, ...]
    learned: int
    decisions: tuple[_Entry, ...]
    left_out: int


class _Answer(msgspec.Struct):
    units: tuple[_Unit, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and which."""
    parser.add_argument(
        "where",
        metavar="URL|FOLDER",
        help="a daemon's address, such as http://127.0.0.1:9464, or a folder of checkpoints",
    )
    parser.add_argument(
        "--since", type=int, default=0, metavar="SAMPLE", help="only those after this sample"
    )
    parser.add_argument(
        "--limit", type=int, default=100, metavar="N", help="only the latest N (default: 100)"
    )
    parser.add_argument("--json", action="store_true", help="as the daemon's own JSON")


def command(parsed: argparse.Namespace) -> int:
    """Print them."""
    for option, number in (("--since", parsed.since), ("--limit", parsed.limit)):
        if number < 0:
            raise ConfigurationError(f"{option} {number}: must be 0 or more")
    if urlsplit(parsed.where).scheme in {"http", "https"}:
        found = _ask(parsed.where, parsed.since, parsed.limit)
    else:
        found = _read(Path(parsed.where), parsed.since, parsed.limit)
    if parsed.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201 - a command's own output
    else:
        _print(found)
    return 0


def _ask(address: str, since: int, limit: int) -> _Answer:
    url = f"{address.rstrip('/')}/decisions?{urlencode({'since': since, 'limit': limit})}"
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - http or https, as asked for
            return msgspec.json.decode(answer.read(), type=_Answer)
    except HTTPError as error:
        why = error.read().decode(errors="replace").strip() or str(error)
        raise _no_answer(address, why) from error
    except (URLError, OSError, http.client.HTTPException) as error:
        raise _no_answer(address, str(getattr(error, "reason", error))) from error
    except msgspec.MsgspecError as error:
        raise _no_answer(address, "something else than streamlr answers there") from error


def _no_answer(address: str, why: str) -> UnavailableError:
    return UnavailableError(
        f"{address} cannot be asked for its decisions: {why}; give the host and port of a "
        "daemon's [web], or a folder of checkpoints"
    )


def _read(place: Path, since: int, limit: int) -> _Answer:
    """Decisions of the newest checkpoint in the folder, or in each folder below it."""
    from streamlr.checkpoint import look  # noqa: PLC0415 - numpy, only where a folder is read
    from streamlr.records import partition_name  # noqa: PLC0415

    units = []
    for folder in look.folders(place):
        header, arrays = look.newest(folder)
        entries = [
            _Entry(one.sample, one.event, one.reason, one.old, one.new, one.evidence)
            for one in header.decisions
            if one.sample > since
        ]
        left_out = max(0, len(entries) - limit)
        partitions = tuple(partition_name(n, header.topics) for n in sorted(header.positions))
        learned = int(arrays["counters.learned"][0])
        units.append(_Unit(partitions, learned, tuple(entries[left_out:]), left_out))
    return _Answer(tuple(units))


def _print(answer: _Answer) -> None:
    from rich import box  # noqa: PLC0415 - as in `list`
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False)
    for unit in answer.units:
        title = f"partition {', '.join(unit.partitions)}: {unit.learned:,} samples learned"
        if unit.left_out:
            title += f"; {unit.left_out:,} earlier decisions left out"
        table = Table(
            title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, expand=False
        )
        table.add_column("sample", justify="right", no_wrap=True)
        table.add_column("what", no_wrap=True)
        table.add_column("why")
        table.add_column("evidence", justify="right", no_wrap=True)
        for entry in unit.decisions:
            table.add_row(f"{entry.sample:,}", *in_words(entry), _number(entry.evidence))
        console.print(table)


def in_words(entry: _Entry) -> tuple[str, str]:
    """What was decided, and why."""
    if entry.event != "rate":
        return entry.event, entry.reason or "the detector's signal"
    return f"rate {_number(entry.old)} → {_number(entry.new)}", entry.reason


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
