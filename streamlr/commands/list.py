"""``streamlr list``: the components there are, by kind, with the line that says what each is."""

import argparse

import msgspec

from streamlr import registry
from streamlr.errors import ConfigurationError

HELP = "list the components that a configuration can name"


class Listed(msgspec.Struct, frozen=True):
    """One component.

    Attributes
    ----------
    kind, type
        What it is, and what the configuration calls it.
    family
        Of a schedule: ``static``, ``dynamic`` or ``adaptive``; empty for other kinds.
    summary
        First line of its docstring; empty where it cannot be imported.
    origin
        ``streamlr``, or the third party's package and module.
    error
        Why it cannot be imported; empty where it can.
    """

    kind: str
    type: str
    family: str
    summary: str
    origin: str
    error: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which kinds, and in which form."""
    parser.add_argument(
        "kind",
        nargs="?",
        choices=registry.KINDS,
        metavar="KIND",
        help=f"one of: {', '.join(registry.KINDS)}; default: all",
    )
    parser.add_argument("--json", action="store_true", help="as a JSON list")


def command(parsed: argparse.Namespace) -> int:
    """Print the list."""
    kinds = (parsed.kind,) if parsed.kind else registry.KINDS
    found = [_look(kind, type_) for kind in kinds for type_ in registry.names(kind)]
    if parsed.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201 - a command's own output
    else:
        _print(found)
    return 0


def _look(kind: str, type_: str) -> Listed:
    origin = registry.origin(kind, type_)
    try:
        module = registry.load(kind, type_)
    except ConfigurationError as error:
        return Listed(kind, type_, "", "", origin, str(error))
    summary = (module.__doc__ or "").strip().partition("\n")[0]
    return Listed(kind, type_, getattr(module, "FAMILY", ""), summary, origin, "")


def _print(found: list[Listed]) -> None:
    from rich.console import Console  # noqa: PLC0415 - `streamlr run` need not wait for it
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    kind = ""
    for one in found:
        if one.kind != kind:
            kind = one.kind
            table.add_row(f"[bold]{kind}[/]")
        text = escape(one.error or one.summary)
        foreign = "" if one.origin == "streamlr" else one.origin
        rest = ", ".join(filter(None, (one.family, foreign)))
        told = f"{text} [dim]— {escape(rest)}[/]" if rest else text
        table.add_row(f"  {one.type}", f"[red]{text}[/]" if one.error else told)
    Console(highlight=False).print(table)
