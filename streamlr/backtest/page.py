"""The report: one page of HTML that needs nothing else, to be read offline and printed."""

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

import msgspec

from streamlr import __version__, headlines
from streamlr.backtest import plots, regret
from streamlr.backtest.plan import Stream
from streamlr.backtest.run import Job, Run
from streamlr.records import Journal

_TABLES = ("stream", "decoder", "features", "model", "detector", "frequency", "evaluation", "loop")
_CHANGES_SHOWN = 50


def page(stream: Stream, jobs: Sequence[Job], runs: Sequence[Run], asked: str) -> str:
    """The whole report.

    Parameters
    ----------
    stream
        What was run on.
    jobs, runs
        What was run, and its results, with their series.
    asked
        The command line.
    """
    schedules = [run for run in runs if run.fixed_rate is None]
    window = jobs[0].configuration.evaluation.window
    drawn = plots.plots(runs, stream.change_points, window)
    title = f"Backtest of {stream.title}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _lead(stream, runs),
        f"<h2>Figures</h2>{_figures(runs)}",
        f"<h2>Over the stream</h2>{_key(schedules)}{_change_points(stream)}",
        *map(_figure, drawn),
        "<h2>What the schedules decided, and why</h2>",
        *map(_decisions, schedules),
        f"<h2>What was run</h2>{_facts(stream, jobs, asked)}",
    ]
    style = resources.files("streamlr.backtest").joinpath("page.css").read_text()
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _lead(stream: Stream, runs: Sequence[Run]) -> str:
    """One sentence on what is to be seen here, and one on how it was made."""
    metric = headlines.chief(runs[0].metrics)
    schedules = [run for run in runs if run.fixed_rate is None]
    best = regret.best(schedules, metric)
    text = "No sample had a label."
    if best is not None:
        figure = headlines.text(metric, best.metrics[metric])
        text = f"{best.schedule} does best of the schedules: {headlines.heading(metric)} {figure}"
        fixed = regret.best_fixed(runs, metric)
        if fixed is not None:
            text += (
                f", against {headlines.text(metric, fixed.metrics[metric])} of the best fixed "
                f"rate in hindsight ({fixed.schedule})"
            )
        text += "."
    made = (
        f"{stream.records:,} records, one pass in their order: each predicted, scored, then "
        "learned, by the pipeline that the daemon runs."
    )
    return f'<p>{escape(text)}</p><p class="quiet">{made}</p>'


def _figures(runs: Sequence[Run]) -> str:
    shown = headlines.headings(runs[0].metrics)
    bests = {metric: regret.best(runs, metric) for metric in shown}
    counted = ("samples", "rejected", "updates", "drift alarms", "rate changes", "CPU s")
    heads = [*shown.values(), *counted]
    head = "".join(f"<th>{escape(text)}</th>" for text in ("schedule", *heads))
    rows = []
    for place, run in enumerate(runs):
        fixed = run.fixed_rate is not None
        leads = any(regret.best_fixed(runs, metric) is run for metric in shown)
        row = f' class="fixed{" best" * leads}"' if fixed else ""
        cells = [
            f"<td>{'' if fixed else _swatch(place)}{escape(run.schedule)}</td>",
            *(
                f"<td{' class=best' * (bests[metric] is run)}>"
                f"{headlines.text(metric, run.metrics[metric])}</td>"
                for metric in shown
            ),
            *(
                f"<td>{text}</td>"
                for text in (
                    f"{run.samples:,}",
                    f"{run.rejected:,}",
                    f"{run.updates:,}",
                    f"{run.alarms['drift']:,}",
                    f"{sum(run.rate_changes.values()):,}",
                    f"{run.cpu_seconds:.2f}",
                )
            ),
        ]
        rows.append(f"<tr{row}>{''.join(cells)}</tr>")
    note = (
        '<p class="quiet">Over the whole stream; the best of each column is bold. kappa-t and '
        "no-change: against repeating the label before."
    )
    if any(run.fixed_rate is not None for run in runs):
        note += " Grey: fixed rates; those in ink are the best of them in some column."
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody>'
        f"</table></div>{note}</p>"
    )


def _swatch(place: int) -> str:
    colour, dash = plots.line(place)
    dashes = f' stroke-dasharray="{plots.DASH_ARRAYS[dash]}"' if plots.DASH_ARRAYS[dash] else ""
    return (
        '<svg viewBox="0 0 36 10" aria-hidden="true"><path d="M1 5H35" fill="none" '
        f'style="stroke:var(--line-{colour})" stroke-width="1.8"{dashes}/></svg>'
    )


def _key(schedules: Sequence[Run]) -> str:
    items = (
        f"<li>{_swatch(place)}{escape(run.schedule)}</li>" for place, run in enumerate(schedules)
    )
    return f'<ul class="key">{"".join(items)}</ul>'


def _change_points(stream: Stream) -> str:
    if not stream.change_points:
        return ""
    known = f"the {len(stream.change_points)} known change points of the stream"
    return f'<p class="quiet">Dashed vertical lines: {known}.</p>'


def _figure(plot: plots.Plot) -> str:
    title = plot.title[0].upper() + plot.title[1:]
    return (
        f"<figure><figcaption><h3>{escape(title)}</h3><p>{escape(plot.note)}</p></figcaption>"
        f"{plot.svg}</figure>"
    )


def _decisions(run: Run) -> str:
    """How often the rate changed for each reason; one by one only where they are few."""
    changes = [entry for entry in run.decisions if entry.event == "rate"]
    told = sum(run.rate_changes.values())
    head = f"<h3>{escape(run.schedule)}</h3>"
    if not told:
        return f'{head}<p class="quiet">{_never(run)}</p>'
    kept = "" if len(changes) == told else f" (of the latest {len(run.decisions):,} kept)"
    grouped = _rows(
        ("why", "changes", "raised", "lowered", "lowest", "highest", "first at", "last at"),
        (_group(reason, changes) for reason in Counter(entry.reason for entry in changes)),
    )
    return (
        f'{head}<p class="quiet">{told:,} changes of the learning rate told{kept}, '
        f"{run.alarms['drift']:,} drift alarms.</p>{grouped}{_one_by_one(changes)}"
    )


def _never(run: Run) -> str:
    return f"No change of the learning rate was told; {run.alarms['drift']:,} drift alarms."


def _group(reason: str, changes: Iterable[Journal]) -> tuple[str, ...]:
    mine = [entry for entry in changes if entry.reason == reason]
    raised = sum(entry.new > entry.old for entry in mine)
    lowered = sum(entry.new < entry.old for entry in mine)
    rates = [entry.new for entry in mine]
    return (
        reason,
        f"{len(mine):,}",
        f"{raised:,}",
        f"{lowered:,}",
        f"{min(rates):.4g}",
        f"{max(rates):.4g}",
        f"{mine[0].sample:,}",
        f"{mine[-1].sample:,}",
    )


def _one_by_one(changes: Sequence[Journal]) -> str:
    largest = sorted(changes, key=_size, reverse=True)[:_CHANGES_SHOWN]
    rows = _rows(
        ("why", "at sample", "from", "to", "factor", "evidence"),
        (
            (
                entry.reason,
                f"{entry.sample:,}",
                f"{entry.old:.4g}",
                f"{entry.new:.4g}",
                f"× {entry.new / entry.old:.3g}" if entry.old else "–",
                f"{entry.evidence:.4g}",
            )
            for entry in sorted(largest, key=lambda entry: entry.sample)
        ),
    )
    which = "All of them" if len(largest) == len(changes) else f"The {len(largest)} largest of them"
    note = "Evidence is what the schedule measured for its reason, in its own terms."
    return f'<details><summary>{which}</summary>{rows}<p class="quiet">{note}</p></details>'


def _size(entry: Journal) -> float:
    """By what factor the rate changed, up or down."""
    low, high = sorted((entry.old, entry.new))
    return high / low if low > 0 else 0.0


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


def _facts(stream: Stream, jobs: Sequence[Job], asked: str) -> str:
    """All it takes to run it again."""
    configuration = jobs[0].configuration
    facts = {
        **stream.facts,
        "records": f"{stream.records:,}",
        "streamlr": __version__,
        "Python, machine": f"{platform.python_version()}, {platform.machine()}",
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    tables = {table: getattr(configuration, table).model_dump(mode="json") for table in _TABLES}
    tables["schedules"] = {
        job.schedule: job.configuration.schedule.model_dump(mode="json")
        for job in jobs
        if job.fixed_rate is None
    }
    text = msgspec.json.format(msgspec.json.encode(tables)).decode()
    return (
        f"<dl>{listed}</dl><pre>{escape(asked)}</pre>"
        f"<details><summary>Configuration</summary><pre>{escape(text)}</pre></details>"
    )
