"""The daemon's life: it opens, polls, checkpoints and closes, in the order that keeps data safe."""

import http.client
import json
import math
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import structlog

from streamlr import config
from streamlr import service as subject
from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store, Written
from streamlr.emission import Document
from streamlr.errors import DataError, StorageError, StreamlrError, UnavailableError
from streamlr.patience import Patience
from streamlr.records import Positions, RawBatch, Topics
from streamlr.service import Service
from streamlr.sinks import Mark
from streamlr.sources import Lag

Step = RawBatch | None | Callable[[], None]


def batch(*values: object, start: int = 0, timestamp: int = 0) -> RawBatch:
    """Return JSON records; bytes stand as they are, numbers become one with that label."""
    lines = [
        value if isinstance(value, bytes) else json.dumps({"a": 1.5, "b": 2, "y": value}).encode()
        for value in values
    ]
    count = len(lines)
    return RawBatch(
        payload=lines,
        partition=np.zeros(count, np.int64),
        offset=np.arange(start, start + count),
        timestamp=timestamp,
        keys=None,
        positions={0: start + count},
    )


class ScriptedSource:
    """Does what it is told, poll by poll, and notes what is asked of it."""

    decoder = "json"
    topics: Topics = ()

    def __init__(self, *steps: Step, begins: Positions | None = None) -> None:
        self.steps = list(steps)
        self._begins = begins or {0: 0}
        self.calls: list[str] = []
        self.opened_at: Positions | None = None
        self.finished = False

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:
        self.calls.append("open")
        self.finished = not self.steps
        self.opened_at = positions
        return positions or self._begins

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        self.calls.append("poll")
        step = self.steps.pop(0)
        self.finished = not self.steps
        if callable(step):
            step()
            return None
        return step

    def commit(self, positions: Positions) -> None:
        self.calls.append(f"commit {positions}")

    def lag(self) -> Lag:
        return Lag({0: len(self.steps)})

    def close(self) -> None:
        self.calls.append("close")


class NotingSink:
    """Writes what is asked of it into somebody's notes."""

    writes = True

    def __init__(self, calls: list[str], name: str) -> None:
        self._calls = calls
        self._name = name
        self.lines: list[dict[str, Any]] = []

    def open(self, mark: Mark | None) -> None:
        self._calls.append(f"{self._name} open {mark}")

    def write(self, documents: Sequence[Document]) -> None:
        self._calls.append(f"{self._name} write")
        self.lines += [json.loads(document.line()) for document in documents]

    def flush(self) -> Mark:
        self._calls.append(f"{self._name} flush")
        return {"lines": len(self.lines)}

    def beside(self, partition: int) -> "NotingSink":
        self._calls.append(f"{self._name} beside {partition}")
        return self

    def close(self) -> None:
        self._calls.append(f"{self._name} close")


def tables(tmp_path: Path, **others: object) -> dict[str, Any]:
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "y", "infer_from": 2},
        "schedule": {"type": "constant"},
        "detector": {"type": "none"},
        "checkpoint": {"directory": str(tmp_path / "state"), "interval_seconds": 1e9},
        "loop": {"poll_seconds": 0.001},
        "web": {"enabled": False},
        **others,
    }


def service(tmp_path: Path, source: ScriptedSource, **others: object) -> Service:
    made = Service(config.build(tables(tmp_path, **others)))
    made.source = source
    return made


def run(tmp_path: Path, *steps: Step, **others: object) -> Service:
    made = service(tmp_path, ScriptedSource(*steps), **others)
    made.run()
    return made


def newest(tmp_path: Path) -> tuple[Header, dict[str, np.ndarray]]:
    stored = Store(tmp_path / "state" / "streamlr", 3).newest()
    assert stored is not None
    return stored


def counter(made: Service, name: str, **labels: str) -> float:
    value = made.metrics.get_sample_value(name, {"pipeline": "streamlr", **labels})
    assert value is not None
    return value


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def told(lines: list[Any]) -> list[str]:
    return [line["event"] for line in lines]


class Clock:
    """Time that passes when told to, or by ``step`` at every look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self.step = step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now

    def process_time(self) -> float:
        return 1.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(subject, "time", made)
    return made


# --- a whole life -----------------------------------------------------------------------------


def test_it_works_until_the_stream_ends(tmp_path: Path, lines: list[Any]) -> None:
    made = run(tmp_path, batch(0, 1, 0), None, batch(1, b"bad", start=3, timestamp=5000))
    shown = made.snapshot
    assert (shown.records, shown.learned, shown.updates) == (4, 4, 4)
    assert shown.positions == {"0": 5}
    assert shown.updates_per_sample == 1.0
    assert shown.learning_rate == 0.05
    assert shown.event_time == 5.0
    assert shown.alarms == {"warning": 0, "drift": 0}
    assert set(shown.metrics) == {"cumulative", "faded", "windowed"}
    assert told(lines) == [
        "starting",
        "schema fixed",
        "checkpoint written",
        "ready",
        "record rejected",
        "checkpoint written",
        "stopped",
    ]
    assert lines[4]["offset"] == 4
    assert counter(made, "streamlr_records_rejected_total", reason="malformed") == 1
    assert counter(made, "streamlr_records_total") == 4
    header, _ = newest(tmp_path)
    assert header.positions == {0: 5}


def test_it_calls_its_observer_after_every_poll_and_at_the_end(tmp_path: Path) -> None:
    seen: list[int] = []
    source = ScriptedSource(batch(0, 1), batch(0, start=2), None)
    made = Service(
        config.build(tables(tmp_path)),
        observer=lambda running: seen.append(len(running.pipeline.positions)),  # type: ignore[union-attr]
    )
    made.source = source
    made.run()
    assert len(seen) == 3  # the first poll went into the schema


def test_without_a_folder_there_is_no_checkpoint(tmp_path: Path, lines: list[Any]) -> None:
    made = run(tmp_path, batch(0, 1), checkpoint={})
    assert "checkpoint written" not in told(lines)
    assert isinstance(made.source, ScriptedSource)
    assert made.source.calls == ["open", "poll", "close"]
    assert made.snapshot.records == 2


def test_a_stopped_daemon_ends_with_a_checkpoint(tmp_path: Path, lines: list[Any]) -> None:
    source = ScriptedSource()
    made = service(tmp_path, source)
    source.steps += [batch(0, 1), batch(0, start=2), lambda: made.stop(signal.SIGTERM), batch(9)]
    made.run()
    assert not source.finished
    assert newest(tmp_path)[0].positions == {0: 3}
    stopping = [line for line in lines if line["event"] == "stopping"]
    assert [line["signal"] for line in stopping] == ["SIGTERM"]
    assert told(lines)[-1] == "stopped"


def test_the_signal_handler_does_not_log(tmp_path: Path, lines: list[Any]) -> None:
    """The signal may have come amid a line, whose lock the main thread holds."""
    made = service(tmp_path, ScriptedSource())
    lines.clear()
    made.stop(signal.SIGINT)
    assert lines == []


# --- the schema -------------------------------------------------------------------------------


def test_the_schema_is_stored_before_the_first_record_is_learned(tmp_path: Path) -> None:
    class KilledError(Exception):
        """No more is done."""

    def die() -> NoReturn:
        raise KilledError

    with pytest.raises(KilledError):
        run(tmp_path, batch(0, 1), die)
    header, arrays = newest(tmp_path)
    assert (header.features, header.positions) == (("a", "b"), {0: 0})
    assert arrays["counters.predicted"].tolist() == [0]
    # the same stream looks otherwise now, the schema stays
    made = run(tmp_path, batch(b'{"c":1,"y":0}', b'{"a":1,"y":1}'))
    assert made.pipeline is not None
    assert made.pipeline.schema.features == ("a", "b")
    assert made.snapshot.records == 2


def test_records_the_schema_was_made_of_are_learned(tmp_path: Path) -> None:
    made = run(tmp_path, batch(0), None, batch(1, 1, start=1), batch(0, start=3))
    assert made.snapshot.learned == 4


def test_a_declared_schema_waits_for_no_record(tmp_path: Path, lines: list[Any]) -> None:
    made = run(tmp_path, batch(0, 1), stream={"label": "y", "features": ["b"]})
    assert made.pipeline is not None
    assert made.pipeline.schema.features == ("b",)
    assert "schema fixed" not in told(lines)
    assert told(lines)[-4:] == ["checkpoint written", "ready", "checkpoint written", "stopped"]


def test_a_field_that_appears_is_told_and_not_read(
    tmp_path: Path, lines: list[Any], clock: Clock
) -> None:
    clock.step = 1.0
    later = (b'{"a":1,"b":2,"y":1,"c":3}',)
    made = run(tmp_path, batch(0, 1), None, batch(0, start=2), batch(*later, start=3), None)
    news = [line for line in lines if line["event"].startswith("new fields")]
    assert [(line["fields"], line["log_level"]) for line in news] == [(["c"], "warning")]
    assert made.pipeline is not None
    assert made.pipeline.schema.features == ("a", "b")
    assert counter(made, "streamlr_fields_vanished") == 0


def test_labels_that_stop_are_told_and_their_return(
    tmp_path: Path, lines: list[Any], clock: Clock
) -> None:
    clock.step = 1.0
    bare = [b'{"a":1,"b":2}'] * 1100
    stream = {"label": "y", "features": ["a", "b"]}
    made = run(tmp_path, batch(0, 1), None, batch(*bare, start=2), None, stream=stream)
    news = [line for line in lines if line["event"].startswith("labels")]
    assert [(line["records_since"], line["log_level"]) for line in news] == [(1100, "warning")]
    assert counter(made, "streamlr_records_since_last_label") == 1100
    lines.clear()
    steps = [batch(0, 1), None, batch(*bare, start=2), None, batch(0, start=1102), None]
    made = run(tmp_path / "again", *steps, stream=stream)
    news = [line["event"] for line in lines if line["event"].startswith("labels")]
    assert [event[:12] for event in news] == ["labels come ", "labels are b"]
    assert counter(made, "streamlr_records_since_last_label") == 0
    assert counter(made, "streamlr_labels_last_timestamp_seconds") > 0


def test_a_quiet_stream_is_not_waited_for_without_end(tmp_path: Path, clock: Clock) -> None:
    """Once the first records are there, the others have some seconds."""
    clock.step = 0.5
    quiet = [None] * 100
    made = run(
        tmp_path,
        *quiet,
        batch(0, 1),
        *quiet,
        stream={"label": "y", "infer_from": 50, "infer_seconds": 5.0},
    )
    assert isinstance(made.source, ScriptedSource)
    assert made.snapshot.learned == 2
    before_ready = made.source.calls.index("commit {0: 0}")
    assert 100 < before_ready < 130


def test_bad_records_are_no_part_of_the_schema(tmp_path: Path) -> None:
    made = run(tmp_path, batch(b"bad", b"[1]"), batch(0, 1, start=2))
    assert made.pipeline is not None
    assert made.pipeline.schema.features == ("a", "b")
    assert made.events.rejected_count == 2


@pytest.mark.parametrize("steps", [(), (None,)])
def test_a_stream_without_a_record_is_told(tmp_path: Path, steps: tuple[Step, ...]) -> None:
    with pytest.raises(DataError, match="ended before its first record"):
        run(tmp_path, *steps)


def test_first_records_that_nobody_can_read_are_told(tmp_path: Path) -> None:
    why = r"none of the first 2 records can be read .*'json'.*; mend .* or set \[stream\] features"
    with pytest.raises(DataError, match=why):
        run(tmp_path, batch(b"bad", b"worse"))


def test_a_stop_before_the_first_record_is_no_error(tmp_path: Path, lines: list[Any]) -> None:
    source = ScriptedSource()
    made = service(tmp_path, source)
    source.steps += [None, made.stop, batch(0)]
    made.run()
    assert made.pipeline is None
    assert source.calls == ["open", "poll", "poll", "close"]
    assert told(lines)[-1] == "stopping"
    assert Store(tmp_path / "state" / "streamlr", 3).newest() is None


def test_a_stop_amid_the_first_records_loses_none(tmp_path: Path) -> None:
    source = ScriptedSource()
    made = service(tmp_path, source, stream={"label": "y", "infer_from": 50})
    source.steps += [batch(0, 1), made.stop, batch(9)]
    made.run()
    assert made.snapshot.learned == 2
    assert newest(tmp_path)[0].positions == {0: 2}


# --- waiting for what records need ------------------------------------------------------------

LONG = {"type": "record", "name": "R", "fields": [{"name": n, "type": "long"} for n in "ay"]}


class Schemas:
    """A folder of schemas that comes and goes, and daemons that need it."""

    def __init__(self, tmp_path: Path) -> None:
        self._tmp_path = tmp_path
        self._there = tmp_path / "schemas"
        self._away = tmp_path / "away"
        self._there.mkdir()
        for schema_id in (1, 2):
            (self._there / f"{schema_id}.avsc").write_text(json.dumps(LONG))

    def leave(self) -> None:
        self._there.rename(self._away)

    def return_(self) -> None:
        self._away.rename(self._there)

    def service(
        self, *steps: Step, while_waiting: Callable[[Service], None], **stream: object
    ) -> Service:
        decoder = {"type": "avro", "schema_folder": str(self._there)}
        source = ScriptedSource(*steps)
        made = service(self._tmp_path, source, decoder=decoder, stream={"label": "y", **stream})
        clock = Clock(step=0.2).monotonic
        made._patience = Patience(made.events, made._waits, lambda _: while_waiting(made), clock)
        return made


def avro(schema_id: int, start: int) -> RawBatch:
    """Two records."""
    return batch(*(bytes([0, 0, 0, 0, schema_id, 2 * a, 2 * (a % 2)]) for a in (1, 2)), start=start)


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    return Schemas(tmp_path)


def test_records_wait_for_their_schemas(schemas: Schemas, lines: list[Any]) -> None:
    made = schemas.service(
        avro(1, 0),
        schemas.leave,
        avro(2, 2),
        while_waiting=lambda _: schemas.return_(),
        features=["a"],
    )
    made.run()
    assert made.snapshot.learned == 4
    assert made.events.rejected_count == 0
    assert [event for event in told(lines) if event.startswith("wait")] == [
        "waiting, records cannot be read now; trying again",
        "waited, going on",
    ]


def test_a_stop_while_records_wait_leaves_them_for_the_next_start(
    schemas: Schemas, tmp_path: Path
) -> None:
    made = schemas.service(
        avro(1, 0),
        schemas.leave,
        avro(2, 2),
        avro(1, 4),
        while_waiting=lambda made: made.stop(signal.SIGTERM),
        features=["a"],
    )
    made.run()
    assert made.snapshot.records == 2
    assert newest(tmp_path)[0].positions == {0: 2}
    schemas.return_()
    again = schemas.service(avro(2, 2), avro(1, 4), while_waiting=no_wait, features=["a"])
    again.run()
    assert again.snapshot.records == 6


def test_a_stop_while_the_first_records_wait_is_no_error(
    schemas: Schemas, lines: list[Any]
) -> None:
    made = schemas.service(schemas.leave, avro(1, 0), while_waiting=Service.stop)
    made.run()
    assert made.pipeline is None
    assert told(lines)[-1] == "stopping"


def test_none_is_taken_after_one_that_waits_since_the_start(
    schemas: Schemas, tmp_path: Path
) -> None:
    """Of the records that the schema was made of, too: they would leave a gap."""
    made = schemas.service(
        avro(1, 0), schemas.leave, avro(2, 2), while_waiting=Service.stop, infer_from=4
    )
    made.run()
    assert newest(tmp_path)[0].positions == {0: 2}


def test_who_is_not_patient_is_told(schemas: Schemas) -> None:
    made = schemas.service(schemas.leave, avro(1, 0), while_waiting=no_wait, features=["a"])
    made.patient = False
    with pytest.raises(UnavailableError, match="schema_folder"):
        made.run()


def no_wait(_made: Service) -> NoReturn:
    pytest.fail("it waits, though all is there")


# --- checkpoints ------------------------------------------------------------------------------


@pytest.fixture
def noting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Service, list[str]]:
    """Return a daemon, and notes of what it asks of its source, its sinks and its store."""
    source = ScriptedSource(batch(0, b"bad"), batch(1, start=2))
    made = service(tmp_path, source, stream={"label": "y", "features": ["a"]})
    made._sinks = {name: NotingSink(source.calls, name) for name in ("sink", "dead_letters")}
    write = Store.write

    def noted_write(store: Store, sequence: int, *rest: Any) -> Written:  # noqa: ANN401
        source.calls.append(f"store {sequence}")
        return write(store, sequence, *rest)

    monkeypatch.setattr(Store, "write", noted_write)
    return made, source.calls


def test_each_step_of_a_checkpoint_comes_after_what_it_rests_on(
    noting: tuple[Service, list[str]],
) -> None:
    made, calls = noting
    made.run()
    assert calls == [
        "sink open None",
        "dead_letters open None",
        "open",
        *("sink flush", "dead_letters flush", "store 0", "commit {0: 0}"),
        *("poll", "sink write", "dead_letters write"),
        *("poll", "sink write"),
        *("sink flush", "dead_letters flush", "store 2", "commit {0: 3}"),
        *("sink flush", "dead_letters flush"),
        *("close", "dead_letters close", "sink close"),
    ]


def test_it_goes_on_at_the_checkpoints_positions_and_marks(
    tmp_path: Path, noting: tuple[Service, list[str]], lines: list[Any]
) -> None:
    noting[0].run()
    source = ScriptedSource(batch(0, start=3), begins={0: 99})
    again = service(tmp_path, source, stream={"label": "y", "features": ["a"]})
    again._sinks = {name: NotingSink(source.calls, name) for name in ("sink", "dead_letters")}
    again.run()
    assert source.opened_at == {0: 3}
    assert source.calls[:2] == [
        "sink open {'lines': 2}",
        "dead_letters open {'lines': 1}",
    ]
    assert again.snapshot.records == 3
    resuming = next(line for line in lines if line["event"].startswith("resuming"))
    assert (resuming["records"], resuming["positions"]) == (2, {"0": 3})


def test_the_position_at_start_is_checkpointed(tmp_path: Path) -> None:
    """A stream read from its latest record must not begin elsewhere after a crash."""
    source = ScriptedSource(batch(0, 1, start=70), begins={0: 70, 1: 5})
    made = service(tmp_path, source, stream={"label": "y", "features": ["a"]})
    made.run()
    assert newest(tmp_path)[0].positions == {0: 72, 1: 5}
    assert "commit {0: 70, 1: 5}" in source.calls


def test_checkpoints_come_at_their_interval(tmp_path: Path, clock: Clock) -> None:
    def later() -> None:
        clock.now += 4.0

    made = run(
        tmp_path,
        batch(0, 1),
        *[later] * 10,
        stream={"label": "y", "features": ["a"]},
        checkpoint={"directory": str(tmp_path / "state"), "interval_seconds": 10.0},
    )
    written = counter(made, "streamlr_checkpoint_duration_seconds_count")
    assert written == 1 + 3 + 1  # at the start, after 12, 24 and 36 seconds, at the end


def test_a_failed_checkpoint_is_counted_and_tried_again(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, lines: list[Any]
) -> None:
    write = Store.write
    full = [False]

    def fails_when_full(store: Store, *arguments: Any) -> Written:  # noqa: ANN401
        if full[0]:
            message = "no space"
            raise StorageError(message)
        return write(store, *arguments)

    def fill() -> None:
        clock.now += 11.0
        full[0] = True

    def free() -> None:
        clock.now += 11.0
        full[0] = False

    monkeypatch.setattr(Store, "write", fails_when_full)
    made = run(
        tmp_path,
        batch(0),
        fill,
        batch(1, start=1),
        free,
        stream={"label": "y", "features": ["a"]},
        checkpoint={"directory": str(tmp_path / "state"), "interval_seconds": 10.0},
    )
    assert counter(made, "streamlr_checkpoint_failures_total") == 1
    assert counter(made, "streamlr_checkpoint_duration_seconds_count") == 3
    failed = next(line for line in lines if line["event"].startswith("checkpoint failed"))
    assert (failed["log_level"], failed["why"]) == ("error", "no space")
    assert newest(tmp_path)[0].positions == {0: 2}


def test_a_checkpoint_that_fails_at_the_end_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource(batch(0, 1))
    made = service(tmp_path, source, stream={"label": "y", "features": ["a"]})
    write = Store.write

    def fail_later(store: Store, sequence: int, *rest: Any) -> Written:  # noqa: ANN401
        if sequence:
            message = "no space"
            raise StorageError(message)
        return write(store, sequence, *rest)

    monkeypatch.setattr(Store, "write", fail_later)
    with pytest.raises(StorageError, match="no space"):
        made.run()
    assert source.calls[-1] == "close"


@pytest.mark.parametrize(
    "other",
    [
        {"features": {"clip": 3.0}},
        {"derive": [{"type": "ratio", "numerator": "a", "denominator": "b", "name": "a"}]},
    ],
    ids=["that fit its fields", "that do not fit its fields"],
)
def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    run(tmp_path, batch(0, 1))
    source = ScriptedSource(batch(0, start=2))
    made = service(tmp_path, source, **other)
    with pytest.raises(StorageError, match="made with other settings"):
        made.run()
    assert source.calls == []
    assert newest(tmp_path)[0].positions == {0: 2}


def test_each_pipeline_has_its_own_folder(tmp_path: Path) -> None:
    run(tmp_path, batch(0, 1), name="one")
    run(tmp_path, batch(0, 1), name="two")
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"one", "two"}


@pytest.mark.parametrize("error", [DataError("x"), RuntimeError("y"), KeyboardInterrupt()])
def test_whatever_happens_everything_is_closed(
    tmp_path: Path, error: BaseException, noting: tuple[Service, list[str]]
) -> None:
    made, calls = noting

    def fail() -> NoReturn:
        raise error

    assert isinstance(made.source, ScriptedSource)
    made.source.steps.append(fail)
    with pytest.raises(type(error)):
        made.run()
    assert calls[-3:] == ["close", "dead_letters close", "sink close"]


# --- what others see --------------------------------------------------------------------------


def get(port: int, path: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def test_it_is_ready_once_it_can_learn(tmp_path: Path, lines: list[Any]) -> None:
    seen: dict[str, tuple[int, str]] = {}

    def look(when: str) -> Callable[[], None]:
        def look_now() -> None:
            port = next(line["port"] for line in lines if line["event"] == "listening")
            for path in ("/-/ready", "/-/healthy", "/metrics"):
                seen[f"{when} {path}"] = get(port, path)

        return look_now

    source = ScriptedSource()
    made = service(tmp_path, source, web={"port": 0})
    source.steps += [
        look("starting"), batch(0, 1), look("running"), made.stop, batch(9),
    ]  # fmt: skip
    made.run()
    assert seen["starting /-/ready"] == (503, "starting\n")
    assert seen["starting /-/healthy"][0] == 200
    assert "streamlr_build_info" in seen["starting /metrics"][1]
    assert "streamlr_records_total{" not in seen["starting /metrics"][1]
    assert seen["running /-/ready"] == (200, "ok\n")
    # the snapshot of the moment it became ready
    assert 'streamlr_records_total{pipeline="streamlr"}' in seen["running /metrics"][1]
    assert made._ready() == "stopping"


def test_counters_go_on_where_they_stood(tmp_path: Path, lines: list[Any]) -> None:
    run(tmp_path, batch(0, 1, 0))
    seen: list[float] = []
    source = ScriptedSource(batch(0, start=3))
    made = service(tmp_path, source)
    made.when_ready = lambda: seen.append(counter(made, "streamlr_records_total"))
    made.run()
    assert seen == [3.0]
    assert counter(made, "streamlr_records_total") == 4.0


def test_a_loop_that_does_not_turn_is_not_healthy(tmp_path: Path, clock: Clock) -> None:
    seen: list[str] = []
    made = service(tmp_path, ScriptedSource(), stream={"label": "y", "features": ["a"]})

    def wait(seconds: float) -> Callable[[], None]:
        def wait_now() -> None:
            clock.now += seconds
            seen.append(made._healthy())

        return wait_now

    assert isinstance(made.source, ScriptedSource)
    made.source.steps += [batch(0), wait(59), wait(59), wait(61), wait(1)]
    made.run()
    assert seen == ["", "", "the loop has not turned for 61 s", ""]


def test_waiting_for_the_first_record_is_healthy(tmp_path: Path, clock: Clock) -> None:
    seen: list[str] = []
    made = service(tmp_path, ScriptedSource())

    def wait() -> None:
        clock.now += 50.0
        seen.append(made._healthy())

    assert isinstance(made.source, ScriptedSource)
    made.source.steps += [wait, wait, wait, batch(0, 1)]
    made.run()
    assert seen == ["", "", ""]


def test_the_moment_is_published_now_and_then(tmp_path: Path, clock: Clock) -> None:
    seen: list[int] = []
    made = service(tmp_path, ScriptedSource(), stream={"label": "y", "features": ["a"]})

    def look() -> None:
        seen.append(made.snapshot.records)
        clock.now += 0.15

    assert isinstance(made.source, ScriptedSource)
    made.source.steps += [batch(0), look, batch(1), look, batch(0), look, look]
    made.run()
    assert seen == [0, 0, 2, 2]
    assert made.snapshot.records == 3


def test_before_any_label_nothing_is_known(tmp_path: Path) -> None:
    made = run(tmp_path, batch(None, None), stream={"label": "y", "features": ["a"]})
    assert (made.snapshot.records, made.snapshot.learned) == (2, 0)
    assert math.isnan(made.snapshot.metrics["cumulative"]["accuracy"])
    assert math.isnan(made.snapshot.updates_per_sample)


def test_a_port_in_use_is_told_and_leaves_nothing_open(tmp_path: Path, lines: list[Any]) -> None:
    source = ScriptedSource()
    first = service(tmp_path, source, web={"port": 0})
    errors: list[StreamlrError] = []

    def start_second() -> None:
        port = next(line["port"] for line in lines if line["event"] == "listening")
        second = service(tmp_path / "second", ScriptedSource(batch(0)), web={"port": port})
        with pytest.raises(UnavailableError) as caught:
            second.run()
        errors.append(caught.value)
        assert isinstance(second.source, ScriptedSource)
        assert second.source.calls == []

    source.steps += [start_second, batch(0, 1)]
    first.run()
    assert "Address already in use" in str(errors[0])


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    source = {"type": "file", "path": str(tmp_path / "none.csv")}
    with pytest.raises(UnavailableError, match="there is no file"):
        Service(config.build(tables(tmp_path, source=source)))
