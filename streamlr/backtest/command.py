"""The command ``streamlr backtest``, step by step."""

import argparse
import shlex
import sys

from rich.console import Console

from streamlr.backtest import plan, side_by_side, table


def run(parsed: argparse.Namespace) -> int:
    """Read the plan, run all, print the table, write what is asked for.

    Raises
    ------
    StreamlrError
        As the first thing that failed raised it.
    """
    console = Console(stderr=True)
    wanted = plan.read(parsed)
    if parsed.html is not None:
        from streamlr.backtest import page  # noqa: PLC0415 - it wants matplotlib
    with plan.opened(wanted, console) as stream:
        jobs = plan.on(stream, wanted.jobs)
        at_a_time = parsed.jobs or side_by_side.processors()
        runs = side_by_side.run_all(jobs, stream.records, at_a_time, console)
    ignored = wanted.jobs[0].configuration.stream.ignore
    for field, why in runs[0].left_out.items():
        if field not in ignored:
            console.print(f"field {field!r} is left out: {why}", style="dim")
    Console().print(table.table(stream.title, runs))
    if parsed.json is not None:
        table.write("--json", parsed.json, table.as_json(runs))
    if parsed.html is not None:
        asked = shlex.join(["streamlr", *sys.argv[1:]])
        table.write("--html", parsed.html, page.page(stream, jobs, runs, asked).encode())
    return 0
