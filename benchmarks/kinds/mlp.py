"""Networks: the MLP's race on recorded streams as shipped, and how fast it and torch's are.

Figures
-------
mlp_accuracy.STREAM, mlp_mae.STREAM
    ``[model] type = "mlp"`` with the default race on the streams in ``--data``: prequential, in
    percent, and in the label's unit.
mlp_samples_per_cpu_second
    The same on a simulated stream of ten features, rows in memory.
mlp_ratio_torch, mlp_ratio_river
    That, to a loop by hand around the same network in torch, a sample at a time, and around River's
    logistic regression (``benchmarks/loops/networks.py``).
torch_samples_per_cpu_second, torch_ratio_loop
    ``[model] type = "torch"`` with the same network, in batches of 32; and to that loop.
"""

import functools
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contest import side_by_side
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread

if TYPE_CHECKING:
    from benchmarks.contest.streams import Told
    from benchmarks.loops import Outcome

RACE: dict[str, dict[str, Any]] = {"model": {"type": "mlp"}}
_LEFT_OUT = "airlines"  # its first 100,000 rows are a stream of their own
_LOOP_SHARE = 10  # a loop by hand gets so many times fewer rows


def add_options(parser: ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--mlp-rows", type=int, default=100_000, metavar="N", help="of a stream")
    parser.add_argument("--mlp-speed-rows", type=int, default=50_000, metavar="N")


def measure(asked: Namespace, folder: Path) -> Report:  # noqa: ARG001 - as every family
    """Measure the streams on two cores, then the speeds one after the other."""
    from benchmarks.contest import streams  # noqa: PLC0415 - would count as another family's memory

    told, _ = streams.there(asked.data, {})
    told = {name: said for name, said in told.items() if name != _LEFT_OUT}
    jobs = {
        (name, "mlp"): functools.partial(on_stream, asked.data, name, said, asked.mlp_rows)
        for name, said in told.items()
    }
    figures = {}
    for (name, _), value in sorted(side_by_side.results(jobs)):
        kind = "mae" if told[name].task == "regression" else "accuracy"
        figures[f"mlp_{kind}.{name}"] = Spread.of(value)
    figures |= _speeds(asked.mlp_speed_rows)
    more = f"first {asked.mlp_rows:,} rows at most; River has no network: its logistic regression"
    return Report(figures, {"mlp": more})


def _speeds(rows: int) -> dict[str, Spread]:
    """Each alone on the machine."""
    loop = max(rows // _LOOP_SHARE, 1)
    jobs: dict[str, Callable[[], float]] = {
        "mlp": functools.partial(by_ours, RACE, rows),
        "river": functools.partial(by_hand, "rivers", loop),
    }
    if find_spec("torch") is not None:
        jobs["torch"] = functools.partial(by_ours, _in_torch(), rows)
        jobs["torch loop"] = functools.partial(by_hand, "torchs", loop)
    speed = {
        name: found
        for name, job in jobs.items()
        for _, found in side_by_side.results({(name, "speed"): job})
    }
    figures = {
        "mlp_samples_per_cpu_second": speed["mlp"],
        "mlp_ratio_river": speed["mlp"] / speed["river"],
    }
    if "torch" in speed:
        figures |= {
            "mlp_ratio_torch": speed["mlp"] / speed["torch loop"],
            "torch_samples_per_cpu_second": speed["torch"],
            "torch_ratio_loop": speed["torch"] / speed["torch loop"],
        }
    return {name: Spread.of(value) for name, value in figures.items()}


def _in_torch() -> dict[str, dict[str, Any]]:
    from benchmarks.loops.networks import UNITS  # noqa: PLC0415 - as above

    layers = [
        {"path": "torch.nn.LazyLinear", "out_features": UNITS},
        {"path": "torch.nn.LeakyReLU"},
        {"path": "torch.nn.LazyLinear", "out_features": 1},
    ]
    module = {"module": "torch.nn.Sequential", "parameters": {"args": layers}}
    return {"model": {"type": "torch", **module}}


def on_stream(folder: Path, name: str, told: "Told", rows: int) -> float:
    """Accuracy in percent, or mean absolute error; runs in a process of its own."""
    from benchmarks.contest import ours, streams  # noqa: PLC0415 - as above

    metrics = ours.run(streams.read(folder, name, told, rows), RACE).metrics
    return metrics["mae"] if told.task == "regression" else 100.0 * metrics["accuracy"]


def by_ours(settings: dict[str, dict[str, Any]], rows: int) -> float:
    """Rows per CPU-second of the simulated stream; runs in a process of its own."""
    from benchmarks.contest import ours, streams  # noqa: PLC0415 - as above

    table = streams.simulated("stationary", 1, rows)
    return rows / ours.run(table, settings).cpu_seconds


def by_hand(loop: str, rows: int) -> float:
    """The same of a loop by hand."""
    from benchmarks.contest import streams  # noqa: PLC0415 - as above
    from benchmarks.loops import networks  # noqa: PLC0415 - as above

    table = streams.simulated("stationary", 1, rows)
    done: Outcome = getattr(networks, loop)(table.values, table.truth)
    return done.learned / done.cpu_seconds
