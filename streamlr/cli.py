"""The command ``streamlr``: run, check, backtest, decisions, export, init, schema, list.

Exit codes follow BSD's sysexits: 0 done, 78 configuration, 69 something is unreachable, 65
data, 73 cannot write. An error that the operator can mend is a message on standard error, never
a traceback.
"""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlr import __version__, config
from streamlr.commands import backtest, decisions, export, init, list, schema  # noqa: A004 - as called
from streamlr.errors import ConfigurationError, StreamlrError

_MODULES = {
    "backtest": backtest,
    "decisions": decisions,
    "export": export,
    "init": init,
    "schema": schema,
    "list": list,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.command(parsed)
        sys.stdout.flush()
    except StreamlrError as error:
        print(f"streamlr: {error}", file=sys.stderr)  # noqa: T201 - a command's own output
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT  # as shells tell it
    except BrokenPipeError:
        _discard_output()  # nobody reads: end quietly
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        _discard_output()
        print(f"streamlr: cannot write standard output: {error.strerror}", file=sys.stderr)  # noqa: T201
        return os.EX_CANTCREAT
    return code


def _discard_output() -> None:
    """Let what is still to be written to standard output go nowhere, or the exit would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streamlr", description="Learn from a stream; no learning rate to pick."
    )
    parser.add_argument("--version", action="version", version=f"streamlr {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run the daemon"))
    _add_check(commands.add_parser("check", help="check a configuration without running it"))
    for name, module in _MODULES.items():
        added = commands.add_parser(name, help=module.HELP)
        module.add_arguments(added)
        added.set_defaults(command=module.command)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", nargs="?", type=Path, help="configuration file (TOML)")
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="without a file: the Kafka broker")
    parser.add_argument("--topic", help="without a file: the topic to learn from")
    parser.add_argument(
        "--stdin",
        nargs="?",
        const="ndjson",
        choices=["ndjson", "csv"],
        metavar="FORMAT",
        help="without a file: learn from standard input, ndjson (the default) or csv",
    )
    parser.add_argument("--label", metavar="FIELD", help="without a file: the label's field")
    parser.add_argument("--live", action="store_true", help="show progress in the terminal")
    parser.set_defaults(command=_run)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, help="configuration file (TOML)")
    parser.set_defaults(command=_check)


def _configuration(parsed: argparse.Namespace) -> config.Configuration:
    """The configuration file, or a quick start: a topic or standard input, to standard output."""
    options = ("stdin",) if parsed.stdin else ("bootstrap", "topic")
    given = [
        f"--{name}"
        for name in ("stdin", "bootstrap", "topic", "label")
        if getattr(parsed, name) is not None
    ]
    if parsed.config is not None:
        if given:
            raise ConfigurationError(
                f"{', '.join(given)}: only without a configuration file; set it in {parsed.config}"
            )
        return config.read(parsed.config)
    if parsed.stdin and len(given) > len({"--stdin", "--label"} & set(given)):
        raise ConfigurationError("--stdin takes the place of --bootstrap and --topic: give either")
    missing = [f"--{name}" for name in (*options, "label") if f"--{name}" not in given]
    if missing:
        raise ConfigurationError(
            "give a configuration file, or --bootstrap, --topic and --label, or --stdin and "
            f"--label ({', '.join(missing)} missing)"
        )
    source: dict[str, Any] = {"type": "kafka", "bootstrap": parsed.bootstrap, "topic": parsed.topic}
    if parsed.stdin:
        source = {"type": "stdin", "format": parsed.stdin}
    tables = {"source": source, "stream": {"label": parsed.label}, "sink": {"type": "stdout"}}
    return config.build(config.override(tables, os.environ))


def _run(parsed: argparse.Namespace) -> int:
    configuration = _configuration(parsed)
    from streamlr.service import Service  # noqa: PLC0415 - a wrong configuration is told at once
    from streamlr.telemetry import logs  # noqa: PLC0415

    logs.configure(configuration.log)
    if parsed.live:
        from streamlr.live import LiveView  # noqa: PLC0415

        view = LiveView(configuration)
        service = Service(configuration, view.update)
    else:
        view = None
        service = Service(configuration)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, service.stop)
    if view is None:
        service.run()
    else:
        with view:
            service.run()
        view.summarise(service)
    return 0


def _check(parsed: argparse.Namespace) -> int:
    config.read(parsed.config)
    print(f"{parsed.config} is valid")  # noqa: T201
    return 0
