"""The page that ``--markdown`` writes: the tables, what others reached, and how it was measured."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.contest import figures, ours, river_optimizers, vowpal_wabbit
from benchmarks.contest.figures import Measured, log_loss_verdict, verdict
from benchmarks.contest.plan import NO_CHANGE, RACE_FIRST, Reached
from benchmarks.contest.scores import Outcome
from benchmarks.harness.report import shown
from benchmarks.harness.spread import Spread

_DASH = "–"
_VW = vowpal_wabbit.NAMES
_BESIDE = {
    "elec2": ("87.56 / 85.71 / 86.20", "93.3"),
    "noaa_weather": ("78.24 / 78.91 / 78.11", "78.5"),
    "sea_50k": ("89.29 / 89.20 / 89.23", "89.2"),
    "covertype_first100k": ("93.35 / 93.83 / 91.46", "93.1"),
    "airlines_first100k": ("64.96 / 67.87 / –", "70.6"),
    "airlines": (_DASH, "70.0"),
    "spam_6213": (_DASH, "97.1"),
    "usenet1": (_DASH, "77.4"),
    "phishing": (_DASH, "94.2"),
}
"""Stream → accuracy of MOA 2024.07's ARF10 / SRP10 / LevBag10, measured apart, and our goal."""

_MAE_GOALS = {"bike_hour": "51.3", "metro_traffic": "710", "beijing_pm25_2010_2014": "20.5"}

_INTRODUCTION = """\
# Learning: what each policy reaches

Written by `python -m benchmarks learning --data FOLDER --markdown docs/learning.md`, whose
docstring says what each policy and figure is. Prequential, rows in order, one pass; nothing is
tuned for a stream but where a column says *in hindsight*, which no user of a live stream can do.

The race's constants were chosen on other runs of the streams below, all but `nab_nyc_taxi`, and on
other seeds of the simulators; no default was chosen by these tables.
"""
_HOW = """\
Categorical values have weights of their own (ours), are features of their own (Vowpal Wabbit) or go
through `OneHotEncoder(drop_zeros=True)` (River). All have the same rows and fields: those that the
product infers, but `date` and `day` of elec2. Numbers go to Vowpal Wabbit unscaled, as it asks
for; to River through `StandardScaler`, and a number to predict through `TargetStandardScaler`.
Vowpal Wabbit's rows per CPU-second include reading and parsing its text and writing predictions;
ours and River's have the rows in memory.
"""

_BY_MOA = """\
¹ MOA 2024.07, ensembles of ten trees, measured apart, on all rows; goals are for all rows too.
"""

Cell = Callable[[Outcome], str]


def written(
    measured: Measured, facts: Mapping[str, str | int], shortened: Sequence[str] = ()
) -> str:
    """Return the page.

    Parameters
    ----------
    measured
        What the tables are of.
    facts
        Date, commit, machine, and how much was run.
    shortened
        Options that made this run less than the whole.
    """
    classes = _with(measured.streams, "accuracy")
    numbers = _with(measured.streams, "mae")
    parts = [_INTRODUCTION, _list(facts)]
    if shortened:
        parts.insert(
            1, f"**A shortened run** (`{' '.join(shortened)}`): not the figures to quote.\n"
        )
    if classes:
        parts += ["## Accuracy, %\n", _accuracy(classes), "## Log-loss, nats\n", _log_loss(classes)]
        parts += ["## Kappa-temporal\n", _each(classes, _number("kappa_temporal", "{:.3f}"))]
        parts += [
            "## Accuracy of every schedule at its defaults, %\n",
            _schedules(classes, _percent),
        ]
    if numbers:
        parts += ["## Mean absolute error\n", _mae(numbers)]
        parts += ["## Mean absolute error of every schedule\n", _schedules(numbers, _number("mae"))]
    if measured.streams:
        parts += ["## Beside River, on the first rows\n", _river(measured.streams)]
        parts += ["## Rows per CPU-second\n", _each(measured.streams, _speed)]
        parts += ["## Chosen in hindsight\n", _chosen(measured.streams)]
    parts += ["## In short\n", _in_short(measured), "## How\n", _HOW]
    return "\n".join(parts)


def _with(streams: Mapping[str, Reached], metric: str) -> dict[str, Reached]:
    return {
        name: reached
        for name, reached in streams.items()
        if any(metric in outcome.metrics for outcome in reached.values())
    }


def _list(facts: Mapping[str, str | int]) -> str:
    return "".join(f"- {name}: {value}\n" for name, value in facts.items())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table in Markdown; numbers to the right.

    Examples
    --------
    >>> print(table(["stream", "a"], [["x", "1"]]), end="")
    | stream | a |
    |---|---:|
    | x | 1 |
    """
    ruler = "|---|" + "---:|" * (len(heads) - 1)
    lines = [_row(heads), ruler, *map(_row, rows)]
    return "".join(f"{line}\n" for line in lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(reached: Reached, policy: str, cell: Cell) -> str:
    return cell(reached[policy]) if policy in reached else _DASH


def _number(metric: str, form: str = "") -> Cell:
    def cell(outcome: Outcome) -> str:
        value = outcome.metrics.get(metric)
        if value is None:
            return _DASH
        return form.format(value) if form else shown(value)

    return cell


def _percent(outcome: Outcome) -> str:
    value = outcome.metrics.get("accuracy")
    return _DASH if value is None else f"{100 * value:.2f}"


def _speed(outcome: Outcome) -> str:
    return shown(outcome.samples / outcome.cpu_seconds) if outcome.cpu_seconds else _DASH


def _rows_of(reached: Reached) -> str:
    return f"{max(outcome.samples for outcome in reached.values()):,}"


def _compared(reached: Reached, compare: Callable[[Outcome, Outcome], str]) -> str:
    if ours.RACE not in reached or ours.BEST_FIXED not in reached:
        return _DASH
    return compare(reached[ours.RACE], reached[ours.BEST_FIXED])


def _accuracy(streams: Mapping[str, Reached]) -> str:
    heads = ["stream", "rows", "no-change", "race", "goal", "best fixed, in hindsight", "race is a"]
    heads += ["drift_boost", "VW", "VW --coin", "VW -l in hindsight", "ARF10 / SRP10 / LevBag10 ¹"]
    shown_ = (NO_CHANGE, ours.RACE, ours.BEST_FIXED, "drift_boost", *_VW)
    rows = []
    for name, reached in streams.items():
        peers, goal = _BESIDE.get(name, (_DASH, _DASH))
        before, race, fixed, *others = (_cell(reached, policy, _percent) for policy in shown_)
        judged = _compared(reached, verdict)
        rows.append([name, _rows_of(reached), before, race, goal, fixed, judged, *others, peers])
    return f"{table(heads, rows)}\n{_BY_MOA}"


def _log_loss(streams: Mapping[str, Reached]) -> str:
    heads = ["stream", "race", "best fixed, in hindsight", "race is a", "VW", "VW --coin"]
    heads += ["VW -l in hindsight"]
    cell = _number("log_loss", "{:.4f}")
    rows = []
    for name, reached in streams.items():
        race, fixed, *others = (
            _cell(reached, policy, cell) for policy in (ours.RACE, ours.BEST_FIXED, *_VW)
        )
        rows.append([name, race, fixed, _compared(reached, log_loss_verdict), *others])
    return table(heads, rows)


def _mae(streams: Mapping[str, Reached]) -> str:
    heads = ["stream", "rows", "no-change", "race", "goal", "best fixed, in hindsight", "race is a"]
    heads += ["drift_boost", "VW", "VW --coin", "VW -l in hindsight"]
    cell = _number("mae")
    shown_ = (NO_CHANGE, ours.RACE, ours.BEST_FIXED, "drift_boost", *_VW)
    rows = []
    for name, reached in streams.items():
        before, race, fixed, *others = (_cell(reached, policy, cell) for policy in shown_)
        goal, judged = _MAE_GOALS.get(name, _DASH), _compared(reached, verdict)
        rows.append([name, _rows_of(reached), before, race, goal, fixed, judged, *others])
    return table(heads, rows)


def _schedules(streams: Mapping[str, Reached], cell: Cell) -> str:
    """A row a schedule, a column a stream: there are more of those."""
    rows = [
        [policy, *(_cell(reached, policy, cell) for reached in streams.values())]
        for policy in (*ours.policies(), ours.BEST_FIXED)
        if any(policy in reached for reached in streams.values())
    ]
    return table(["schedule", *streams], rows)


def _each(streams: Mapping[str, Reached], cell: Cell) -> str:
    policies = (ours.RACE, "drift_boost", ours.BEST_FIXED, *_VW)
    rows = [
        [name, *(_cell(reached, policy, cell) for policy in policies)]
        for name, reached in streams.items()
    ]
    return table(["stream", *policies], rows)


def _river(streams: Mapping[str, Reached]) -> str:
    policies = (RACE_FIRST, *river_optimizers.OPTIMIZERS)
    rows = []
    for name, reached in streams.items():
        rated = [reached[policy] for policy in policies if policy in reached]
        if rated:
            cells = (_cell(reached, policy, _score) for policy in policies)
            speeds = (_cell(reached, policy, _speed) for policy in (RACE_FIRST, "river_sgd"))
            rows.append([name, f"{rated[0].samples:,}", *cells, *speeds])
    heads = ["stream", "rows", *policies, "race, rows per CPU-s", "river_sgd, rows per CPU-s"]
    return "Accuracy, %, or MAE.\n\n" + table(heads, rows)


def _score(outcome: Outcome) -> str:
    return _percent(outcome) if "accuracy" in outcome.metrics else _number("mae")(outcome)


def _chosen(streams: Mapping[str, Reached]) -> str:
    policies = (ours.BEST_FIXED, "vw_tuned")
    cells = [
        [name, *(_cell(of, policy, _note) for policy in policies)] for name, of in streams.items()
    ]
    return table(["stream", *policies], cells)


def _note(outcome: Outcome) -> str:
    return outcome.note


def _in_short(measured: Measured) -> str:
    found = figures.figures(measured)
    names = [name for name in found if "." not in name]
    rows = [[f"`{name}`", shown(found[name].median), _spread(found[name])] for name in names]
    return table(["figure", "value", "least – most of the seeds"], rows)


def _spread(spread: Spread) -> str:
    return f"{shown(spread.least)} – {shown(spread.most)}" if spread.count > 1 else ""
