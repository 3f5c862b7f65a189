"""``streamlr schema``: the configuration's JSON Schema, on standard output."""

import argparse
import sys

import msgspec

from streamlr import config_schema

HELP = "print the configuration's JSON Schema, for editors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def command(_parsed: argparse.Namespace) -> int:
    """Print the schema; components that cannot be imported are told on standard error."""
    schema = config_schema.build(lambda why: print(f"left out: {why}", file=sys.stderr))  # noqa: T201 - a command's own output
    print(msgspec.json.format(msgspec.json.encode(schema)).decode())  # noqa: T201
    return 0
