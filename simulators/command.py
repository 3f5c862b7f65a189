"""The command ``python -m simulators``: a stream to standard output, a file or a Kafka topic.

Exit codes: 0 done, or the reader of the output has left; 1 the records could not be written;
2 wrong arguments; 130 interrupted. Every error is one line on standard error.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from simulators import encoding
from simulators.arguments import check, parser
from simulators.encoding import Encoding
from simulators.pace import Pace
from simulators.registry import describe, make, names
from simulators.stream import Stream
from simulators.writers import ReaderLeftError, WriteError, Writer
from simulators.writers.lines import file_encoding, to_file, to_stdout

_INTERRUPTED = 130
_NAME_WIDTH = 15


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Raises
    ------
    SystemExit
        If the arguments are wrong (code 2), or ask for help.
    """
    command_line = parser()
    asked = command_line.parse_args(arguments)
    check(command_line, asked)
    stream = None if asked.list else _stream(command_line, asked)
    try:
        if stream is None:
            _print([f"{name:{_NAME_WIDTH}} {describe(name)}" for name in names()])
        elif asked.change_points:
            _print([json.dumps(stream.change_points(asked.samples))])
        else:
            _write(stream, asked)
    except ReaderLeftError:
        return 0
    except WriteError as error:
        sys.stderr.write(f"{command_line.prog}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _stream(command_line: ArgumentParser, asked: Namespace) -> Stream:
    """Make the stream asked for, or exit with code 2 and a line that says why not."""
    try:
        return make(asked.name, asked.seed, **dict(asked.set))
    except ValueError as error:
        command_line.error(str(error))


def _print(lines: list[str]) -> None:
    writer = to_stdout()
    writer.write([line.encode() for line in lines])
    writer.finish()


def _write(stream: Stream, asked: Namespace) -> None:
    writer, form = _destination(stream, asked)
    try:
        if form.header is not None:
            writer.write([form.header])
        pace = Pace(asked.rate)
        for start in range(0, asked.samples, pace.chunk):
            pace.wait(start)
            rows = stream.rows(start, min(start + pace.chunk, asked.samples))
            writer.write(form.encode(*rows))
        writer.finish()
    except BaseException:
        writer.abandon()
        raise


def _destination(stream: Stream, asked: Namespace) -> tuple[Writer, Encoding]:
    prompt = asked.rate is not None
    if asked.kafka is not None:
        from simulators.writers.kafka import KafkaWriter  # noqa: PLC0415  (loads librdkafka)

        return KafkaWriter(asked.kafka, asked.topic, asked.partition), encoding.ndjson(stream)
    if asked.file is not None:
        return to_file(asked.file, prompt=prompt), file_encoding(asked.file)(stream)
    return to_stdout(prompt=prompt), encoding.ndjson(stream)
