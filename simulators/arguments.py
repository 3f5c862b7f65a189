"""The command line of ``python -m simulators``: what it takes and what it refuses."""

import argparse
import math
from pathlib import Path
from typing import NoReturn

from simulators.writers.lines import file_encoding

_EPILOG = """\
examples:
  python -m simulators --list
  python -m simulators abrupt --samples 50000 --change-points
  python -m simulators sea --samples 50000 --seed 3 --set noise=0 --file sea.csv.gz
  python -m simulators recurring --samples 1000000 --rate 500 --kafka localhost:9092 --topic rows
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments; :func:`check` does what it cannot."""
    new = _Parser(
        prog="simulators",
        description="Write a simulated stream, whose drift is known: JSON lines, CSV or Kafka.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    new.add_argument("name", nargs="?", metavar="NAME", help="which stream: see --list")
    new.add_argument("--list", action="store_true", help="print every stream and its options")
    new.add_argument("--samples", type=_count, metavar="N", help="number of records")
    new.add_argument("--seed", type=_count, default=0, metavar="S", help="default: 0")
    new.add_argument(
        "--set",
        type=_option,
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="options of the stream",
    )
    new.add_argument("--change-points", action="store_true", help="print them as JSON, no records")
    new.add_argument("--rate", type=_rate, metavar="R", help="records per second")
    destination = new.add_mutually_exclusive_group()
    destination.add_argument("--file", type=_file, metavar="PATH", help=".ndjson, .csv; .gz too")
    destination.add_argument("--kafka", type=_server, metavar="HOST:PORT", help="a broker")
    new.add_argument("--topic", metavar="T", help="with --kafka: where to")
    new.add_argument("--partition", type=_count, metavar="P", help="with --kafka; default: any")
    return new


def check(new: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Refuse arguments that do not go together: exit code 2, with a line that says why."""
    if arguments.list:
        return
    if arguments.name is None:
        new.error("NAME is missing: --list prints every stream")
    if arguments.samples is None:
        new.error("--samples is missing: how many records?")
    if arguments.kafka is not None and not arguments.topic:
        new.error("--kafka needs --topic")
    if arguments.kafka is None and (arguments.topic, arguments.partition) != (None, None):
        new.error("--topic and --partition need --kafka")


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be an integer, 0 or more")
    return value


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0")
    return value


def _option(text: str) -> tuple[str, int | float | str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} must be KEY=VALUE")
    if key == "seed":
        raise argparse.ArgumentTypeError(f"{text!r}: the seed has a flag of its own, --seed")
    for number in (int, float):
        try:
            return key, number(value)
        except ValueError:
            continue
    return key, value


def _server(text: str) -> str:
    for server in text.split(","):
        host, _, port = server.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 2**16):
            raise argparse.ArgumentTypeError(f"{text!r} must be HOST:PORT, or several with commas")
    return text


def _file(text: str) -> Path:
    try:
        file_encoding(Path(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Path(text)
