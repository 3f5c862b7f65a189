"""``streamlr export``: a linear model out of a checkpoint, as JSON or ONNX."""

import argparse
from pathlib import Path

from streamlr.errors import ConfigurationError

HELP = "write a linear model of a checkpoint as JSON or ONNX"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, as what, and where to."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument(
        "--checkpoint", type=Path, metavar="FOLDER|FILE", help="a folder of checkpoints, or one"
    )
    whose.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration that names the folder"
    )
    parser.add_argument("--format", default="json", metavar="json|onnx", help="default: json")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to")


def command(parsed: argparse.Namespace) -> int:
    """Write it."""
    from streamlr.library.online_model import OnlineModel  # noqa: PLC0415 - takes a moment

    place = parsed.checkpoint or _folder(parsed.config)
    OnlineModel.of_checkpoint(place).export(parsed.output, format=parsed.format)
    return 0


def _folder(path: Path) -> Path:
    from streamlr import config  # noqa: PLC0415

    configured = config.read(path)
    if configured.checkpoint.directory is None:
        message = f"{path}: [checkpoint] directory is missing, so there is nothing to export from"
        raise ConfigurationError(message)
    return configured.checkpoint.directory / configured.name
