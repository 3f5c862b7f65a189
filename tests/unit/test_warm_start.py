"""A history before the stream: in the stream's terms, scored apart, learned once."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import structlog

from streamlr import config, state_tree
from streamlr.errors import DataError, StorageError, StreamlrError, UnavailableError
from streamlr.service import Service

Rows = list[dict[str, Any]]


def rows(count: int, labels: tuple[Any, Any] = (0, 1)) -> Rows:
    return [{"a": n % 7, "b": n % 3 - 1, "y": labels[n % 7 > 3]} for n in range(count)]


def write(path: Path, found: Rows) -> None:
    frame = pl.DataFrame(found, infer_schema_length=None)
    if path.suffix == ".csv":
        frame.write_csv(path)
    elif path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in found))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "history.parquet", rows(60))
    write(tmp_path / "live.ndjson", rows(40))
    return tmp_path


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def service(
    folder: Path,
    history: Mapping[str, object] | None,
    observer: Callable[[Service], None] | None = None,
    **tables: object,
) -> Service:
    return Service(
        config.build(
            {
                "source": {"type": "file", "path": str(folder / "live.ndjson")},
                "stream": {"label": "y"},
                "schedule": {"type": "constant"},
                "detector": {"type": "none"},
                "checkpoint": {"directory": str(folder / "state")},
                "loop": {"poll_records": 20},
                "web": {"enabled": False},
                "warm_start": history or {},
                **tables,
            }
        ),
        observer,
    )


def run(folder: Path, name: str = "history.parquet", **tables: object) -> Service:
    made = service(folder, {"path": str(folder / name)}, None, **tables)
    made.run()
    return made


def end_of_history(lines: list[Any]) -> dict[str, Any]:
    (found,) = [line for line in lines if line["event"] == "warm start ended"]
    return dict(found)


def learned(made: Service) -> int:
    assert made.pipeline is not None
    return int(made.pipeline.engine.state.counters.learned[0])


# --- apart, and once --------------------------------------------------------------------------


def test_the_history_comes_first_and_the_stream_goes_on_from_there(
    folder: Path, lines: list[Any]
) -> None:
    made = run(folder)
    assert (learned(made), end_of_history(lines)["records"]) == (100, 60)
    told = [line["event"] for line in lines]
    assert told.index("warm start ended") < told.index("ready") < told.index("stopped")
    assert made.snapshot.positions == {"0": 40}
    found = made.metrics.get_sample_value(
        "streamlr_warm_start_records_total", {"pipeline": "streamlr"}
    )
    assert found == 60

    # the weights are those of both after each other
    write(folder / "both.ndjson", rows(60) + rows(40))
    source = {"type": "file", "path": str(folder / "both.ndjson")}
    both = service(folder, None, source=source, checkpoint={})
    both.run()
    assert both.pipeline is not None
    assert made.pipeline is not None
    for part in ("model", "features", "schedule"):
        ours, theirs = (
            getattr(one.pipeline.engine.state, part)  # type: ignore[union-attr]
            for one in (made, both)
        )
        assert state_tree.digest(ours) == state_tree.digest(theirs)


@pytest.mark.parametrize("suffix", [".ndjson", ".csv", ".parquet"])
def test_categories_of_the_history_are_those_of_the_stream(folder: Path, suffix: str) -> None:
    history, live = (
        [{**row, "colour": ("red", "green", "blue")[n % 3]} for n, row in enumerate(rows(count))]
        for count in (60, 40)
    )
    write(folder / f"history{suffix}", history)
    write(folder / "live.ndjson", live)
    made = run(folder, f"history{suffix}")
    write(folder / "both.ndjson", history + live)
    source = {"type": "file", "path": str(folder / "both.ndjson")}
    both = service(folder, None, source=source, checkpoint={})
    both.run()
    assert made.pipeline is not None
    assert both.pipeline is not None
    assert made.pipeline.schema.categories == ("colour",)
    ours, theirs = (one.engine.state.model for one in (made.pipeline, both.pipeline))
    assert state_tree.digest(ours) == state_tree.digest(theirs)


def test_its_scores_are_its_own(folder: Path, lines: list[Any]) -> None:
    """They are those of the history alone; those of the stream do not hold it."""
    run(folder)
    told = end_of_history(lines)
    source = {"type": "file", "path": str(folder / "history.parquet")}
    alone = service(folder, None, source=source, checkpoint={})
    alone.run()
    for name, value in alone.snapshot.metrics["cumulative"].items():
        assert told[name] == value

    (folder / "live.ndjson").write_text('{"a":1,"b":2}\n')  # nothing to score
    made = run(folder, checkpoint={})
    assert learned(made) == 60
    for view in made.snapshot.metrics.values():
        assert math.isnan(view["accuracy"])


def test_it_is_not_repeated(folder: Path, lines: list[Any]) -> None:
    run(folder)
    lines.clear()
    write(folder / "live.ndjson", rows(50))
    again = run(folder)
    assert learned(again) == 110
    assert "warm start ended" not in [line["event"] for line in lines]


def test_a_pipeline_that_began_without_it_passes_it_over(folder: Path, lines: list[Any]) -> None:
    service(folder, None).run()
    assert learned(run(folder)) == 40
    (line,) = [line for line in lines if line["event"].startswith("warm start passed over")]
    assert (line["log_level"], line["path"]) == ("warning", str(folder / "history.parquet"))


def stop_amid(folder: Path) -> None:
    """Stop after the first poll of the history."""
    made = service(folder, {"path": str(folder / "history.parquet")}, Service.stop)
    made.run()
    assert (learned(made), made.snapshot.warm_start) == (20, 20)


def test_it_goes_on_where_it_was(folder: Path, lines: list[Any]) -> None:
    stop_amid(folder)
    assert learned(run(folder)) == 100
    assert end_of_history(lines)["records"] == 60


def test_another_history_amid_it_is_refused(folder: Path) -> None:
    stop_amid(folder)
    write(folder / "other.csv", rows(60))
    with pytest.raises(StorageError) as caught:
        run(folder, "other.csv")
    message = str(caught.value)
    assert "stands at record 20 of the history" in message
    assert f"[warm_start] path is {folder / 'other.csv'}: put it back" in message


def test_no_history_amid_it_is_refused(folder: Path) -> None:
    stop_amid(folder)
    with pytest.raises(StorageError, match=r"\[warm_start\] has no path: put it back"):
        service(folder, None).run()


def test_a_history_that_became_shorter_is_told(folder: Path) -> None:
    stop_amid(folder)
    write(folder / "history.parquet", rows(10))
    with pytest.raises(DataError, match=r"\[warm_start\] path: .* has 10 records, but 20"):
        run(folder)


# --- in the stream's terms ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize("live", ["ndjson", "csv"])
@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("no", "yes")])
def test_labels_of_any_format_are_those_of_the_stream(
    folder: Path, lines: list[Any], suffix: str, live: str, labels: tuple[Any, Any]
) -> None:
    """Else each would be a class too many."""
    write(folder / f"history.{suffix}", rows(60, labels))
    write(folder / f"live.{live}", rows(40, labels))
    source = {"type": "file", "path": str(folder / f"live.{live}")}
    made = run(folder, f"history.{suffix}", source=source)
    assert (learned(made), made.events.rejected_count) == (100, 0)


def test_the_label_may_have_another_name(folder: Path) -> None:
    write(folder / "history.csv", [{"was": row.pop("y"), **row} for row in rows(60)])
    made = service(folder, {"path": str(folder / "history.csv"), "target": "was"})
    made.run()
    assert made.pipeline is not None
    assert (learned(made), made.pipeline.schema.features) == (100, ("a", "b"))
    assert made.pipeline.schema.label == "y"


def test_the_history_decides_the_schema(folder: Path) -> None:
    write(folder / "live.ndjson", [{**row, "new": 1} for row in rows(40)])
    made = run(folder)
    assert made.pipeline is not None
    assert made.pipeline.schema.features == ("a", "b")


def test_bad_rows_of_the_history_are_rejected_and_the_others_learned(
    folder: Path, lines: list[Any]
) -> None:
    (folder / "history.csv").write_text("a,b,y\n1,2,0\nx,2,0\n1,2,3,4\n3,1,1\n")
    made = run(folder, "history.csv", stream={"label": "y", "features": ["a", "b"]})
    assert (learned(made), made.events.rejected_count) == (42, 2)
    assert end_of_history(lines)["records"] == 4


def test_the_format_may_be_given(folder: Path) -> None:
    (folder / "history").write_text("a;b;y\n1;2;0\n")
    history = {"path": str(folder / "history"), "format": "csv", "separator": ";"}
    made = service(folder, history)
    made.run()
    assert learned(made) == 41


def test_numbers_may_come_as_texts_where_the_streams_may(folder: Path) -> None:
    write(folder / "history.ndjson", [{**row, "a": str(row["a"])} for row in rows(60)])
    made = run(
        folder,
        "history.ndjson",
        stream={"label": "y", "features": ["a", "b"]},
        decoder={"type": "json", "numbers_in_text": True},
    )
    assert (learned(made), made.events.rejected_count) == (100, 0)


# --- what cannot be learned -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kind", "words"),
    [
        ("none.csv", None, UnavailableError, r"\[warm_start\] path: there is no file .*none.csv"),
        ("empty.csv", "", DataError, r"\[warm_start\] path: .*empty\.csv is empty"),
        ("what", "a\n", StreamlrError, r"\[warm_start\] format: the name 'what' does not tell"),
        ("few.csv", "a,b,z\n1,2,3\n", DataError, "label: there is no field 'y'"),
    ],
)
def test_a_history_that_cannot_be_read_is_told(
    folder: Path, name: str, content: str | None, kind: type[Exception], words: str
) -> None:
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(kind, match=words):
        run(folder, name)


def test_a_column_that_the_history_lacks_is_told_as_the_historys(folder: Path) -> None:
    (folder / "few.csv").write_text("a,y\n1,0\n")
    with pytest.raises(DataError) as caught:
        run(folder, "few.csv", stream={"label": "y", "features": ["a", "b"]})
    message = str(caught.value)
    assert message.startswith("[warm_start] path: ")
    assert message.endswith("few.csv: [stream] there is no column 'b'; columns there: a, y")
