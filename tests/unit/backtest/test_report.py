"""The report: one page that is well-formed, needs nothing else, and shows what was measured."""

import hashlib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streamlr import cli
from streamlr.backtest import regret
from streamlr.backtest.run import Run

_EMPTY = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Reads a page; each end tag must be that of the element open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.open: list[str] = []
        self.ids: list[str] = []
        self.plots: list[str] = []
        self.titles: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "svg" and found.get("role") == "img":
            self.plots.append(found["aria-label"] or "")
        if tag == "tr":
            self.cells.append([])
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h3" and "figcaption" in self.open:
            self.titles.append(data)
        if self.open and self.open[-1] in {"td", "th"}:
            self.cells[-1].append(data)


CHANGE, ROWS = 300, 600


def stream(path: Path, *, regression: bool = False) -> Path:
    """Write a stream that changes in its midst: what the label follows turns round."""
    values = np.random.default_rng(3).normal(size=(ROWS, 2))
    turn = np.where(np.arange(ROWS) < CHANGE, 2.0, -2.0)
    score = turn * values.sum(axis=1)
    labels = score if regression else (score > 0).astype(int)
    lines = [f"{a},{b},{y}" for (a, b), y in zip(values, labels, strict=True)]
    path.write_text("\n".join(["a,b,y", *lines]) + "\n")
    return path


def report(folder: Path, *more: str, regression: bool = False) -> tuple[Page, list[Run]]:
    """Run the command; return the page and the runs that the JSON holds."""
    file = stream(folder / "<rows> & more.csv", regression=regression)
    html, out = folder / "report.html", folder / "out.json"
    arguments = ["backtest", str(file), "--target", "y", "--jobs", "1"]
    arguments += ["--html", str(html), "--json", str(out), *more]
    assert cli.main([*arguments, *(("--task", "regression") if regression else ())]) == 0
    runs = msgspec.json.decode(out.read_bytes())["runs"]
    return Page(html.read_text()), [msgspec.convert(run, Run) for run in runs]


SCHEDULES = ("--schedule", "drift_boost:rate=0.1", "--schedule", "constant:rate=0.1")


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    page, _ = report(tmp_path, *SCHEDULES)
    for part in ("http:", "https:", "//", "<script", "<link", "@import", "src="):
        assert part not in page.text
    assert not re.search(r"url\((?!#)", page.text)
    assert len(page.ids) == len(set(page.ids))
    referred = re.findall(r'(?:url\(#|href="#)([^)"]+)', page.text)
    assert referred
    assert set(referred) <= set(page.ids)


def test_each_plot_is_there(tmp_path: Path) -> None:
    page, _ = report(tmp_path, *SCHEDULES)
    plots = ["accuracy", "log-loss", "learning rate", "updates per sample", "drift alarms"]
    assert page.plots == plots
    assert [title.lower() for title in page.titles if title.lower() in plots] == plots
    for mode in ("prefers-color-scheme: dark", "@media print"):
        assert mode in page.text


def test_numbers_have_their_own_plots(tmp_path: Path) -> None:
    page, _ = report(tmp_path, *SCHEDULES, "--fixed-rates", "2", regression=True)
    assert page.plots[:2] == ["MAE", "RMSE"]
    assert {"regret in MAE", "regret in RMSE", "MAE by fixed rate"} < set(page.plots)


def test_the_series_is_at_the_same_samples_for_each_schedule(tmp_path: Path) -> None:
    _, (one, other) = report(tmp_path, *SCHEDULES)
    assert one.series is not None
    assert other.series is not None
    assert one.series.sample == other.series.sample
    assert 100 < len(one.series.sample) <= 500
    assert one.series.sample[-1] == one.samples == ROWS
    assert one.series.updates == one.series.sample
    for run in (one, other):
        assert run.series is not None
        for metric, values in run.series.cumulative.items():
            assert values[-1] == run.metrics[metric]
    assert set(other.series.learning_rate) == {0.1}


def test_sampling_changes_no_figure(tmp_path: Path) -> None:
    page, sampled = report(tmp_path, *SCHEDULES)
    file, out = tmp_path / "<rows> & more.csv", tmp_path / "plain.json"
    arguments = ["backtest", str(file), "--target", "y", "--jobs", "1", *SCHEDULES]
    assert cli.main([*arguments, "--json", str(out)]) == 0
    plain = [msgspec.convert(run, Run) for run in msgspec.json.decode(out.read_bytes())["runs"]]
    assert [run.metrics for run in plain] == [run.metrics for run in sampled]
    assert [run.decisions for run in plain] == [run.decisions for run in sampled]
    assert page.text.count("<h3>drift_boost:rate=0.1</h3>") == 1


def test_the_change_and_what_the_schedule_made_of_it(tmp_path: Path) -> None:
    page, (run, _) = report(tmp_path, *SCHEDULES, "--change-points", str(CHANGE))
    assert page.text.count("stroke: var(--mark)") == 5  # one in each plot over samples
    assert "the 1 known change points" in page.text
    changes = [entry for entry in run.decisions if entry.event == "rate"]
    assert [entry.event for entry in run.decisions].count("drift") == run.alarms["drift"] > 0
    assert CHANGE < changes[0].sample < ROWS
    shown = [row for row in page.cells if row and row[0] == changes[0].reason]
    assert [changes[0].reason, f"{changes[0].sample:,}"] in [row[:2] for row in shown]


def test_regret_is_against_the_best_fixed_rate(tmp_path: Path) -> None:
    page, runs = report(tmp_path, *SCHEDULES, "--fixed-rates", "4")
    fixed = [run for run in runs if run.fixed_rate is not None]
    assert [run.fixed_rate for run in fixed] == regret.fixed_rates(4, "binary")
    assert [run.schedule for run in fixed] == [f"constant:rate={run.fixed_rate:g}" for run in fixed]
    best = max(fixed, key=lambda run: run.metrics["accuracy"])
    assert regret.best_fixed(runs, "accuracy") == best
    lost = regret.regret(runs[0], best, "accuracy")
    wrong = ROWS * (best.metrics["accuracy"] - runs[0].metrics["accuracy"])
    assert lost[-1] == pytest.approx(wrong)
    assert not regret.regret(best, best, "log_loss").any()
    assert "regret in accuracy" in page.plots
    assert "accuracy by fixed rate" in page.plots
    row = next(row for row in page.cells if row[0] == best.schedule)
    assert row[1] == f"{best.metrics['accuracy']:.2%}"


def test_what_was_run_is_told(tmp_path: Path) -> None:
    page, _ = report(tmp_path, *SCHEDULES)
    fingerprint = "".join(re.findall(r"<dd>([0-9a-f]{64})</dd>", page.text))
    file = tmp_path / "<rows> & more.csv"
    assert fingerprint == _sha256(file.read_bytes())
    assert "&lt;rows&gt; &amp; more.csv" in page.text
    assert "<rows>" not in page.text
    assert "&quot;half_life&quot;" in page.text


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_stream_without_labels_gets_a_page_too(tmp_path: Path) -> None:
    file, html = tmp_path / "rows.csv", tmp_path / "report.html"
    file.write_text("a,y\n1,\n2,\n")
    assert cli.main(["backtest", str(file), "--target", "y", "--html", str(html)]) == 0
    assert "No sample had a label." in Page(html.read_text()).text


def test_without_matplotlib_it_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("plots", "page"):
        monkeypatch.delitem(sys.modules, f"streamlr.backtest.{name}", raising=False)
        monkeypatch.delattr(f"streamlr.backtest.{name}", raising=False)
    arguments = ["backtest", str(stream(tmp_path / "rows.csv")), "--target", "y"]
    assert cli.main([*arguments, "--html", str(tmp_path / "report.html")]) == 78
    captured = capsys.readouterr()
    assert "--html: the plots need matplotlib" in captured.err
    assert "pip install 'streamlr[report]'" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("place", range(40))
def test_neighbours_differ_by_dash_and_colour(place: int) -> None:
    from streamlr.backtest import plots  # noqa: PLC0415 - one test above takes it away

    (colour, dash), (next_colour, next_dash) = plots.line(place), plots.line(place + 1)
    assert colour != next_colour
    assert dash != next_dash
    if place < 32:
        assert plots.line(place) not in [plots.line(other) for other in range(place)]
