"""Accuracy on real and simulated streams: our schedules, the best fixed rate, River, Vowpal Wabbit.

Prequential: predict, score, then learn; rows in order, one pass. The streams are gzipped CSV files
in one folder, with the label in ``target``; what is said of each, besides its task and fields to
leave out, is nothing (``benchmarks/contest/streams.py``). A file that is not known there is left
out, unless ``--task NAME=TASK`` tells its task. Without a folder only the simulators are run.

Policies
--------
race, race_maps, race_follow_loss
    The default; with ``[model] type = "mapped"``; with ``[frequency] type = "follow_loss"``.
drift_boost, constant, …
    Every schedule of the catalogue at its defaults.
best_fixed
    The best of 16 fixed rates in hindsight, which no user can know: the same kernel with one lane,
    the same inputs. Each figure is that of the rate which is best by it. Where the best lies at an
    edge of the grid, the grid grows.
no_change
    Says the label before.
vw_default, vw_coin, vw_tuned
    Vowpal Wabbit, and with the best ``-l`` of 16 in hindsight.
river_sgd, river_adam, river_adagrad
    River's optimizers, on the first ``--river-rows`` rows; ``race_first_rows`` is ours on those.

Figures
-------
accuracy.STREAM.POLICY, log_loss.STREAM.POLICY, kappa_temporal.STREAM.POLICY
    In percent; in nats, clipped at -ln(1e-6); a fraction. What is not defined is left out.
mae.STREAM.POLICY
    In the label's unit.
samples_per_cpu_second.STREAM.POLICY
    Rows in memory; Vowpal Wabbit reads and parses its text meanwhile, and writes predictions.
wins, ties, losses
    Streams by the default race against the best fixed rate. A tie lies within max(0.1, 20/√rows)
    points of accuracy, or 1 % of the MAE.
log_loss_wins, log_loss_ties, log_loss_losses
    The same by log-loss: any less is a win, more than 1 % above a loss.
abrupt_gain_points, recurring_gain_points
    Accuracy of the race - that of the best fixed rate, mean of the seeds, on those simulators.
abrupt_recovery_ratio, recurring_recovery_ratio
    Rows until the accuracy of 500 rows is back within a point of what it was at the change point:
    median of the race to median of the best fixed rate (``benchmarks/contest/simulated.py``). Left
    out where the latter is 0. The medians: ``…_recovery_rows``, ``…_recovery_rows_fixed``.
abrupt_recovery_to_fixed_ratio, recurring_recovery_to_fixed_ratio
    The same, but both come back to what the best fixed rate had. Median: ``…_to_fixed_rows``.
stationary_false_alarms_per_100k, stationary_rising_alarms_per_100k
    Drift alarms of the default detector where nothing drifts: all; and those that tell of an error
    that rose, which are the ones that schedules answer.
abrupt_random_control_points, recurring_random_control_points
    Accuracy of drift_boost - that of drift_boost with as many alarms at random moments.
"""

import functools
import operator
import re
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.contest import page, plan, side_by_side, simulated, streams
from benchmarks.contest.figures import Measured, figures
from benchmarks.contest.plan import Reached, Stream
from benchmarks.contest.streams import Told
from benchmarks.harness import machine
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.report import Report
from streamlr import tasks
from streamlr.errors import did_you_mean

_FIRST_SEED = 1001  # none that the defaults were chosen with
_STATIONARY = "stationary"


def add_options(parser: ArgumentParser) -> None:
    """Add the benchmark's options."""
    parser.add_argument("--data", type=_folder, metavar="FOLDER", help="of the streams")
    parser.add_argument("--streams", type=_names, metavar="A,B", help="default: all that are known")
    parser.add_argument("--policies", type=_names, metavar="A,B", help="default: all")
    parser.add_argument("--rows", type=_count, default=0, metavar="N", help="most of a stream")
    parser.add_argument("--river-rows", type=_count, default=20_000, metavar="N", help="for River")
    parser.add_argument("--task", type=_task, action="append", default=[], metavar="NAME=TASK")
    parser.add_argument("--seeds", type=_count, default=20, metavar="N", help="of each simulator")
    parser.add_argument("--samples", type=_count, default=50_000, metavar="N", help="of each seed")
    parser.add_argument("--markdown", type=Path, metavar="PATH", help="write the tables there")


def measure(asked: Namespace) -> Report:
    """Run every policy on every stream, then the simulators.

    Raises
    ------
    BenchmarkError
        A stream or policy that is asked for is not there, or one failed.
    """
    if asked.markdown is not None and not asked.markdown.parent.is_dir():
        raise BenchmarkError(f"--markdown {asked.markdown}: no folder {asked.markdown.parent}")
    commit, day = machine.commit(), time.strftime("%Y-%m-%d")
    told, unknown = streams.there(asked.data, dict(asked.task))
    chosen = _chosen("--streams", asked.streams, told)
    policies = _chosen("--policies", asked.policies, plan.policies())
    jobs: dict[tuple[str, str], Callable[[], Any]] = {}
    for name in one_of_each_task_first(chosen, told):
        stream = Stream(asked.data, name, told[name], asked.rows, asked.river_rows)
        jobs |= {(name, policy): job for policy, job in plan.jobs(stream, policies).items()}
    jobs |= _on_simulators(asked.seeds, asked.samples)
    if not jobs:
        raise BenchmarkError("nothing to run: give --data, or --seeds above 0")
    measured = collected(side_by_side.results(jobs))
    notes = _notes(asked, unknown)
    if asked.markdown is not None:
        facts = {**notes, "date": day, "commit": commit or "none", **machine.describe()}
        asked.markdown.write_text(page.written(measured, facts, _shortened(asked)))
    return Report(figures(measured), notes | _in_hindsight(measured.streams))


def one_of_each_task_first(names: Iterable[str], told: Mapping[str, Told]) -> list[str]:
    """Order streams so that two processes seldom compile the same kernel at the same time."""
    firsts: dict[str, str] = {}
    others = [name for name in names if firsts.setdefault(told[name].task, name) != name]
    return [*firsts.values(), *others]


def _on_simulators(seeds: int, samples: int) -> dict[tuple[str, str], Callable[[], Any]]:
    numbers = range(_FIRST_SEED, _FIRST_SEED + seeds)
    runs: dict[str, Callable[..., Any]] = {
        name: functools.partial(simulated.drifting, name) for name in simulated.DRIFTING
    }
    runs[_STATIONARY] = simulated.stationary
    return {
        (name, f"seed {seed}"): functools.partial(run, seed, samples)
        for name, run in runs.items()
        for seed in numbers
    }


def collected(results: Iterable[tuple[tuple[str, str], Any]]) -> Measured:
    """Put what the jobs gave together: streams and policies in the order of the jobs' names."""
    of_streams: dict[str, Reached] = {}
    drifting: dict[str, list[simulated.Drifting]] = {}
    stationary: list[simulated.Stationary] = []
    for (name, _), result in sorted(results, key=operator.itemgetter(0)):
        if isinstance(result, simulated.Stationary):
            stationary.append(result)
        elif isinstance(result, simulated.Drifting):
            drifting.setdefault(name, []).append(result)
        else:
            of_streams.setdefault(name, {}).update(result)
    order = [*plan.policies(), plan.NO_CHANGE]
    in_order = {
        name: {policy: of_streams[name][policy] for policy in order if policy in of_streams[name]}
        for name in sorted(of_streams, key=_place)
    }
    return Measured(in_order, drifting, stationary)


def _place(name: str) -> tuple[int, str]:
    known = list(streams.KNOWN)
    return (known.index(name) if name in known else len(known)), name


def _notes(asked: Namespace, unknown: Collection[str]) -> dict[str, str]:
    notes = {"simulators": f"{asked.seeds} seeds of {asked.samples:,} rows, from {_FIRST_SEED}"}
    if asked.data is None:
        notes["streams"] = "none: --data FOLDER names their folder"
    else:
        rows = f"the first {asked.rows:,} rows at most" if asked.rows else "all rows"
        notes["streams"] = f"{rows}; River: the first {asked.river_rows:,} at most"
    if unknown:
        names = ", ".join(unknown)
        notes["left out"] = f"{names}: not known here; --task NAME=TASK tells their task"
    return notes


def _shortened(asked: Namespace) -> list[str]:
    """Return the options that make a run less than the whole one."""
    parser = ArgumentParser()
    add_options(parser)
    whole = vars(parser.parse_args([]))
    less = {
        f"--{name.replace('_', '-')}": getattr(asked, name)
        for name in ("streams", "policies", "rows", "river_rows", "seeds", "samples")
        if getattr(asked, name) != whole[name]
    }
    return [
        f"{option} {','.join(value) if isinstance(value, list) else value}"
        for option, value in less.items()
    ]


def _in_hindsight(reached: Mapping[str, Reached]) -> dict[str, str]:
    return {
        f"{name} {policy}": outcome.note
        for name, policies in reached.items()
        for policy, outcome in policies.items()
        if outcome.note
    }


def _chosen(option: str, wanted: list[str] | None, known: Iterable[str]) -> list[str]:
    there = list(known)
    for name in wanted or ():
        if name not in there:
            choices = ", ".join(there) or "none"
            raise BenchmarkError(
                f"{option}: there is no {name!r}{did_you_mean(name, there)}; there are: {choices}"
            )
    return there if wanted is None else wanted


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ArgumentTypeError(f"there is no folder {path}; without --data the simulators are run")
    return path


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _count(text: str) -> int:
    if not re.fullmatch(r"\d+", text):
        raise ArgumentTypeError(f"{text!r} must be an integer, 0 or more")
    return int(text)


def _task(text: str) -> tuple[str, str]:
    name, equals, task = text.partition("=")
    if not (name and equals and task in tasks.NAMES):
        raise ArgumentTypeError(
            f"{text!r} must be NAME=TASK, TASK one of: {', '.join(tasks.NAMES)}"
        )
    return name, task
