"""A TOML file and an environment become a configuration, or a list of every fault."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import config, fitting, misfits, registry
from streamlr.config import Configuration
from streamlr.errors import ConfigurationError, UnavailableError

MINIMAL = """
[source]
type = "simulator"
[stream]
label = "target"
"""


def tables(**others: object) -> dict[str, Any]:
    return {"source": {"type": "simulator"}, "stream": {"label": "target"}, **others}


def with_value(table: str, key: str, value: object) -> dict[str, Any]:
    """Return otherwise valid tables."""
    valid = tables()
    return {**valid, table: {**valid.get(table, {}), key: value}}


def faults_of(given_tables: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config.build(given_tables)
    return list(caught.value.faults)


def test_a_network_races_on_the_grid_alone() -> None:
    schedule = config.build(with_value("model", "type", "mlp")).schedule
    assert (schedule.autostep, schedule.memory, schedule.restarts) == ((), 0, False)
    asked = {"type": "race", "memory": 2, "rates": 4}
    (fault,) = faults_of(with_value("model", "type", "mlp") | {"schedule": asked})
    assert fault == (
        "[schedule] memory = 2: only a race of linear models has that, and mlp is none; leave the "
        "key out"
    )


def test_schedules_that_work_out_gradients_want_a_linear_model() -> None:
    asked = with_value("model", "type", "mlp") | {"schedule": {"type": "autostep"}}
    (fault,) = faults_of(asked)
    assert fault.startswith(
        "[schedule] type = 'autostep': it works out the gradient of a linear model, and mlp is none"
    )


def test_feature_maps_want_a_race() -> None:
    (fault,) = faults_of(with_value("model", "type", "mapped") | {"schedule": {"type": "constant"}})
    assert fault == (
        "[model] type = 'mapped' has lanes that only a race weighs, and [schedule] type = "
        "'constant' runs one; set [schedule] type = 'race', or leave [model] out"
    )
    assert config.build(with_value("model", "type", "mapped")).schedule.type == "race"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"model": {"type": "mapped"}}, "[model] type = 'mapped'"),
        ({"schedule": {"type": "constant"}}, "[schedule] type = 'constant'"),
        (
            {"stream": {"label": "y", "task": "regression"}},
            "[stream] task = 'regression' and [model] type = 'linear'",
        ),
    ],
)
def test_unlabelled_records_want_a_race_of_linear_models_of_classes(
    other: dict[str, Any], told: str
) -> None:
    (fault,) = faults_of(with_value("labels", "unlabelled", "pseudo") | other)
    assert fault == (
        f"[labels] unlabelled = 'pseudo' does not fit {told}: only a race of linear models learns "
        "records without a label, and only classes; leave [model] and [schedule] out with task = "
        "'binary' or 'multiclass', or set unlabelled = 'ignore'"
    )
    config.build(with_value("labels", "unlabelled", "ignore") | other)


def read(tmp_path: Path, text: str, **environment: str) -> Configuration:
    path = tmp_path / "streamlr.toml"
    path.write_text(text)
    return config.read(path, environment)


def test_two_tables_are_enough(tmp_path: Path) -> None:
    read_config = read(tmp_path, MINIMAL)
    assert read_config.name == "streamlr"
    assert read_config.source.type == "simulator"
    assert read_config.stream.features == ()
    assert read_config.checkpoint.directory is None
    assert (read_config.web.host, read_config.web.port) == ("127.0.0.1", 9464)


def test_every_component_has_its_default() -> None:
    built = config.build(tables())
    by_task = {"model": "logistic", "evaluation": "prequential"}  # of two classes
    by_task["source"] = "simulator"  # as given
    for table, (_, default) in config.COMPONENTS.items():
        assert getattr(built, table).type == (default or by_task[table])


@pytest.mark.parametrize(
    ("task", "model", "evaluation"),
    [
        ("binary", "logistic", "prequential"),
        ("multiclass", "softmax", "prequential"),
        ("regression", "linear", "regression"),
        ("unsupervised", "kmeans", "unsupervised"),
    ],
)
def test_model_and_evaluation_follow_from_the_task(task: str, model: str, evaluation: str) -> None:
    built = config.build(with_value("stream", "task", task))
    assert (built.model.type, built.evaluation.type) == (model, evaluation)


@pytest.mark.parametrize(
    ("task", "table", "type_", "fitting"),
    [
        ("binary", "model", "linear", "logistic, mapped, mlp, river, sklearn, torch"),
        ("binary", "model", "softmax", "logistic, mapped, mlp, river, sklearn, torch"),
        ("multiclass", "model", "logistic", "mapped, mlp, river, sklearn, softmax, torch"),
        ("regression", "model", "logistic", "linear, mapped, mlp, river, sklearn, torch"),
        ("regression", "evaluation", "prequential", "regression"),
        ("binary", "evaluation", "regression", "prequential"),
        ("binary", "model", "kmeans", "logistic, mapped, mlp, river, sklearn, torch"),
        ("unsupervised", "model", "linear", "kmeans, pca, river"),
        ("unsupervised", "evaluation", "regression", "unsupervised"),
    ],
)
def test_what_does_not_fit_the_task_is_told_with_what_does(
    task: str, table: str, type_: str, fitting: str
) -> None:
    (fault,) = faults_of({**with_value("stream", "task", task), table: {"type": type_}})
    assert fault == (
        f"[{table}] type = {type_!r} does not fit [stream] task = {task!r}; "
        f"choose one of: {fitting}"
    )


UNLABELLED = {"source": {"type": "simulator"}, "stream": {"task": "unsupervised"}}


def test_a_stream_without_labels_names_none_or_one_to_pass_on() -> None:
    assert config.build(UNLABELLED).stream.label == ""
    labelled = {**UNLABELLED, "stream": {"task": "unsupervised", "label": "y"}}
    assert config.build(labelled).stream.label == "y"


def test_without_labels_no_category_can_be_asked_for() -> None:
    stream = {"task": "unsupervised", "categories": ["city"]}
    (fault,) = faults_of({**UNLABELLED, "stream": stream})
    assert fault == (
        "[stream] categories = ('city',): with task = 'unsupervised' only numbers are compared; "
        "remove the key, and such fields are left out"
    )


@pytest.mark.parametrize("model", ["kmeans", "pca"])
@pytest.mark.parametrize("schedule", ["hypergradient", "autostep", "coin_betting", "vsgd", "cogra"])
def test_a_schedule_by_gradients_wants_a_linear_model(model: str, schedule: str) -> None:
    (fault,) = faults_of({**UNLABELLED, "model": {"type": model}, "schedule": {"type": schedule}})
    assert fault == (
        f"[schedule] type = {schedule!r}: it works out the gradient of a linear model, and "
        f"{model} is none; choose race, constant, drift_boost, or another that goes by the number "
        "of samples or by the loss"
    )


def test_a_race_of_clusters_runs_its_grid_alone() -> None:
    assert config.build(UNLABELLED).schedule.autostep == ()
    bare = config.build({**UNLABELLED, "schedule": {"type": "race", "autostep": []}})
    assert bare.schedule.autostep == ()
    assert bare.schedule.memory == 0
    lanes = {"type": "race", "autostep": [[0.1, 0.05]], "memory": 2}
    assert faults_of({**UNLABELLED, "schedule": lanes}) == [
        f"[schedule] {asked}: only a race of linear models has that, and kmeans is none; leave "
        "the key out"
        for asked in ("autostep = ((0.1, 0.05),)", "memory = 2")
    ]


def test_without_labels_none_is_waited_for() -> None:
    (fault,) = faults_of({**UNLABELLED, "labels": {"type": "delayed", "key": "id"}})
    assert fault.startswith("[labels] type = 'delayed': with [stream] task = 'unsupervised'")


def test_every_table_has_its_field() -> None:
    fields = {field.name for field in dataclasses.fields(Configuration)}
    assert fields == {"name", *config.COMPONENTS, *config.LISTS, *config.PLAIN}


def test_a_type_may_be_written_with_hyphens() -> None:
    built = config.build(with_value("schedule", "type", "drift-boost"))
    assert built.schedule.type == "drift_boost"


def test_a_table_without_a_type_is_of_the_default_one() -> None:
    built = config.build(tables(schedule={"rates": 3}))
    assert (built.schedule.type, built.schedule.rates) == ("race", 3)


def test_lists_become_tuples_and_strings_paths() -> None:
    given_tables = tables(checkpoint={"directory": "there"})
    given_tables["stream"]["features"] = ["a", "b"]
    built = config.build(given_tables)
    assert built.stream.features == ("a", "b")
    assert built.checkpoint.directory == Path("there")


def test_every_fault_is_told_at_once() -> None:
    faults = faults_of(
        {
            "name": "a b",
            "nonsense": {},
            "source": {"type": "simulator", "seed": -1},
            "web": {"port": 70_000, "hots": "::"},
            "schedule": {"type": "constant", "rate": 0},
            "detector": {"type": "adwim"},
        }
    )
    starts = [
        "name = 'a b': ",
        "[nonsense]: ",
        "[stream] is missing",
        "[web] port = 70000: ",
        "[web] hots: ",
        "[source] seed = -1: ",
        "[schedule] rate = 0: ",
        "[detector] type = 'adwim': ",
    ]
    assert len(faults) == len(starts)
    for start in starts:
        assert sum(fault.startswith(start) for fault in faults) == 1


@pytest.mark.parametrize(
    ("given_tables", "parts"),
    [
        (tables(shedule={}), ["[shedule]: unknown table", "did you mean 'schedule'?", "loop"]),
        (tables(zzz={}), ["[zzz]: unknown table; allowed: name, source, decoder"]),
        (
            with_value("web", "prot", 1),
            ["[web] prot: unknown key (did you mean 'port'?)", "allowed: enabled, host, port"],
        ),
        (
            with_value("schedule", "type", "rac"),
            ["[schedule] type = 'rac'", "did you mean 'race'?", "choose one of", "constant"],
        ),
        (
            tables(source={}),
            ["[source] type is missing", "choose one of: file, kafka, recording, simulator"],
        ),
        (tables(source={"type": 3}), ["[source] = {'type': 3}: must be a table", "one of: file"]),
        ({"stream": {"label": "y"}}, ["[source] is missing; give it a type, one of: file, kafka"]),
        ({"source": {"type": "simulator"}}, ["[stream] is missing"]),
        (tables(stream={}), ["[stream] label is missing; set it"]),
        (tables(stream={"label": ""}), ["[stream] label is missing; set it"]),
        (tables(source={"type": "file"}), ["[source] path is missing; set it"]),
        (tables(name="a/b"), ["name = 'a/b'", "ASCII letters, digits, '-' and '_'"]),
        (tables(name=3), ["name = 3"]),
        (tables(name=""), ["name = ''"]),
        (tables(name="zürich"), ["name = 'zürich'"]),
    ],
)
def test_a_fault_names_what_is_wrong_and_what_is_allowed(
    given_tables: dict[str, Any], parts: list[str]
) -> None:
    (fault,) = faults_of(given_tables)
    for part in parts:
        assert part in fault


@pytest.mark.parametrize("table", ["web", "stream", "loop", "log", "checkpoint"])
@pytest.mark.parametrize("value", [0, False, "", [], "text", 3.5, [1]])
def test_a_value_in_the_place_of_a_table_is_a_fault(table: str, value: object) -> None:
    (fault,) = faults_of(tables(**{table: value}))
    assert f"[{table}]" in fault
    assert repr(value) in fault


@pytest.mark.parametrize("value", [0, False, "", [], "text"])
def test_a_value_in_the_place_of_a_component_is_a_fault(value: object) -> None:
    (fault,) = faults_of(tables(schedule=value))
    assert fault.startswith(f"[schedule] = {value!r}: must be a table")


RANGES: dict[tuple[str, str], tuple[object, ...]] = {
    ("web", "port"): (-1, 65_536),
    ("loop", "poll_records"): (0, 100_001, 10**30),
    ("loop", "poll_seconds"): (0, -1.0, 10.1),
    ("checkpoint", "interval_seconds"): (0, -1),
    ("checkpoint", "keep"): (0, -1),
    ("stream", "infer_from"): (0,),
    ("stream", "max_classes"): (1, 10_001),
    ("stream", "infer_seconds"): (0.0,),
    ("source", "seed"): (-1,),
    ("source", "samples"): (-1,),
    ("source", "rate"): (-0.5,),
}


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [(*place, value) for place, values in RANGES.items() for value in values],
)
def test_a_value_out_of_range_is_told_with_the_range(table: str, key: str, value: object) -> None:
    (fault,) = faults_of(with_value(table, key, value))
    assert fault.startswith(f"[{table}] {key} = {value!r}: ")
    assert any(word in fault for word in ("greater than", "less than", "at least 1 character"))


@pytest.mark.parametrize(
    ("table", "key", "value", "allowed"),
    [
        ("web", "port", "9464", "integer"),
        ("web", "port", 9464.5, "integer"),
        ("web", "port", True, "integer"),
        ("web", "enabled", 1, "boolean"),
        ("web", "enabled", "yes", "boolean"),
        ("web", "host", 1, "string"),
        ("loop", "poll_seconds", "0.1", "number"),
        ("loop", "poll_seconds", True, "number"),
        ("checkpoint", "directory", 1, "string"),
        ("stream", "features", "a", "array"),
        ("stream", "features", {"a": 1}, "array"),
        ("stream", "label", 1, "string"),
        ("log", "level", "verbose", "'debug', 'info', 'warning' or 'error'"),
        ("log", "format", "xml", "'console' or 'json'"),
        ("stream", "task", "ranking", "'binary', 'multiclass', 'regression' or 'unsupervised'"),
    ],
)
def test_types_are_strict(table: str, key: str, value: object, allowed: str) -> None:
    (fault,) = faults_of(with_value(table, key, value))
    assert fault.startswith(f"[{table}] {key} = {value!r}: ")
    assert allowed in fault


def test_the_place_in_a_list_is_told() -> None:
    (fault,) = faults_of(with_value("stream", "features", ["a", 2]))
    assert fault.startswith("[stream] features.1 = 2: ")


@pytest.mark.parametrize("key", ["features", "categories"])
@pytest.mark.parametrize(
    ("fields", "why"), [(["a", "a"], "named once"), (["a", "target"], "the label may not be")]
)
def test_what_is_learned_from_is_each_a_field_of_its_own(
    key: str, fields: list[str], why: str
) -> None:
    (fault,) = faults_of(with_value("stream", key, fields))
    assert fault.startswith(f"[stream] {key} = {fields!r}: ")
    assert why in fault


def test_a_field_is_a_feature_or_a_category() -> None:
    given_tables = tables()
    given_tables["stream"].update(features=["a", "b"], categories=["c", "b"])
    (fault,) = faults_of(given_tables)
    assert fault == (
        "[stream] categories = ['c', 'b']: a field is among the features or here, not both"
    )


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"poll_seconds = {text}: .*finite"):
        read(tmp_path, f"{MINIMAL}[loop]\npoll_seconds = {text}\n")


def test_nan_is_not_taken_for_an_absent_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[checkpoint\] directory = nan"):
        read(tmp_path, f"{MINIMAL}[checkpoint]\ndirectory = nan\n")


def test_a_date_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[web\] port = '2026-01-01'"):
        read(tmp_path, f"{MINIMAL}[web]\nport = 2026-01-01\n")


def test_a_configuration_does_not_change() -> None:
    built = config.build(tables())
    with pytest.raises(dataclasses.FrozenInstanceError):
        built.name = "other"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        built.web.port = 1


# --- the file ---------------------------------------------------------------------------------


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"none\.toml: No such file"):
        config.read(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="directory"):
        config.read(tmp_path)


def test_bad_toml_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not valid TOML: .*line 2"):
        read(tmp_path, "[source]\ntype = \n")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "streamlr.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        config.read(path)


# --- the environment --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "text", "table", "key", "value"),
    [
        ("STREAMLR__WEB__PORT", "1", "web", "port", 1),
        ("STREAMLR__WEB__ENABLED", "false", "web", "enabled", False),
        ("STREAMLR__WEB__HOST", "localhost", "web", "host", "localhost"),
        ("STREAMLR__WEB__HOST", '"0.0.0.0"', "web", "host", "0.0.0.0"),  # noqa: S104
        ("STREAMLR__WEB__HOST", "127.0.0.1", "web", "host", "127.0.0.1"),
        ("STREAMLR__STREAM__FEATURES", '["a", "b"]', "stream", "features", ("a", "b")),
        ("STREAMLR__STREAM__LABEL", "a label", "stream", "label", "a label"),
        ("STREAMLR__SCHEDULE__RATES", "4", "schedule", "rates", 4),
        ("STREAMLR__CHECKPOINT__DIRECTORY", "/x/y", "checkpoint", "directory", Path("/x/y")),
        ("STREAMLR__LOG", '{ level = "debug" }', "log", "level", "debug"),
    ],
)
def test_the_environment_overrides_the_file(
    tmp_path: Path, variable: str, text: str, table: str, key: str, value: object
) -> None:
    built = read(tmp_path, MINIMAL, **{variable: text})
    assert getattr(getattr(built, table), key) == value


def test_the_environment_reaches_nested_tables(tmp_path: Path) -> None:
    built = read(tmp_path, MINIMAL, STREAMLR__SOURCE__OPTIONS__DRIFT_EVERY="70")
    assert built.source.options == {"drift_every": 70}


def test_other_values_of_the_table_stay() -> None:
    merged = config.override({"web": {"port": 1, "host": "h"}}, {"STREAMLR__WEB__PORT": "2"})
    assert merged == {"web": {"port": 2, "host": "h"}}


def test_the_given_tables_stay_as_they_are() -> None:
    original = {"web": {"port": 1}}
    config.override(original, {"STREAMLR__WEB__PORT": "2"})
    assert original == {"web": {"port": 1}}


def test_the_process_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "STREAMLR__NAME", "from-outside")
    path = tmp_path / "streamlr.toml"
    path.write_text(MINIMAL)
    assert config.read(path).name == "from-outside"


def test_other_variables_are_none_of_ours() -> None:
    assert config.override({}, {"STREAMLR_CACHE": "x", "STREAMLR": "y", "HOME": "z"}) == {}


def test_an_unknown_table_of_the_environment_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[shedule\]: unknown table"):
        read(tmp_path, MINIMAL, STREAMLR__SHEDULE__TYPE="race")


KAFKA = {"type": "kafka", "bootstrap": "h:1", "topic": "t"}


@pytest.mark.parametrize(
    ("others", "fault"),
    [
        ({"warm_start": {"path": "h.csv"}}, "[warm_start] path: with [state] unit = 'partition'"),
        ({"sink": {"type": "file", "path": "f"}}, "[sink] type = 'file': with [state] unit"),
        ({"source": {**KAFKA, "group": "g"}}, "[checkpoint] directory is missing: with [state]"),
        (
            {
                "source": {**KAFKA, "group": "g", "stop_at": "end"},
                "checkpoint": {"directory": "d"},
            },
            "[source] stop_at = 'end': with [state] unit",
        ),
        (
            {
                "source": {**KAFKA, "group": "g"},
                "checkpoint": {"directory": "d"},
                "catch_up": {"policy": "skip"},
            },
            "[catch_up] policy = 'skip': with [state] unit",
        ),
    ],
)
def test_what_does_not_go_with_state_by_partition(others: dict[str, Any], fault: str) -> None:
    given_tables = tables(**{"source": KAFKA, **others})
    config.build(given_tables)
    (found,) = faults_of({**given_tables, "state": {"unit": "partition"}})
    assert found.startswith(fault)


def test_a_stream_of_one_partition_may_have_its_state_by_partition() -> None:
    sink = {"type": "file", "path": "f"}
    config.build(tables(state={"unit": "partition"}, sink=sink))


@pytest.mark.parametrize("source", [{"type": "file", "path": "f.ndjson"}, {"type": "stdin"}])
def test_lines_are_not_in_avro(source: dict[str, Any]) -> None:
    decoder = {"type": "avro", "schema_file": "order.avsc"}
    (fault,) = faults_of(tables(source=source, decoder=decoder))
    assert fault.startswith(
        f"[decoder] type = 'avro' does not fit [source] type = '{source['type']}': it cuts"
    )
    config.build(tables(source=KAFKA, decoder=decoder))


@pytest.mark.parametrize(
    ("registry", "fault"),
    [
        ({}, "[decoder] registry.url is missing; set it"),
        ({"url": "https://a:hunter2@host"}, "[decoder] registry.url = 'https://**********@host'"),
        ({"url": "http://h", "password": "hunter2"}, "[decoder] registry.password_file = None: "),
        ({"url": "http://h", "tocken": "hunter2"}, "[decoder] registry.tocken: unknown key"),
        ({"url": "http://h", "username": "a", "password": ["hunter2"]},
         "[decoder] registry.password = **********"),
    ],
)  # fmt: skip
def test_a_fault_of_a_registry_names_the_key_and_shows_no_secret(
    registry: dict[str, Any], fault: str
) -> None:
    (found,) = faults_of(tables(source=KAFKA, decoder={"type": "avro", "registry": registry}))
    assert found.startswith(fault)
    assert "hunter2" not in found


def test_an_unknown_key_of_the_environment_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[web\] prot: unknown key"):
        read(tmp_path, MINIMAL, STREAMLR__WEB__PROT="1")


def test_a_variable_below_a_value_is_a_fault() -> None:
    with pytest.raises(ConfigurationError, match="STREAMLR__NAME__X: 'name' is a value"):
        config.override({"name": "n"}, {"STREAMLR__NAME__X": "1"})


@given(st.text())
def test_any_text_is_a_value(text: str) -> None:
    """What is no TOML is the text itself: nothing in the environment can be a syntax error."""
    value = config.toml_value(text)
    assert value == text or not isinstance(value, str) or value in text or "\\" in text


# --- what every table holds -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "kind"),
    [(table, kind) for table, (kind, _) in config.COMPONENTS.items()],
)
def test_every_table_takes_the_types_of_its_kind(table: str, kind: str) -> None:
    (fault,) = faults_of(with_value(table, "type", "nonsense"))
    assert fault.endswith(", ".join(registry.names(kind)))


@pytest.mark.parametrize(
    ("table", "key"),
    [(table, key) for table, model in config.PLAIN.items() for key in model.model_fields],
)
def test_every_key_says_what_it_is(table: str, key: str) -> None:
    obvious = {("web", "enabled"), ("log", "level"), ("log", "format")}
    assert config.PLAIN[table].model_fields[key].description or (table, key) in obvious


@pytest.mark.parametrize(
    ("table", "type_"), [("model", "mlp"), ("model", "mapped"), ("schedule", "hypergradient")]
)
def test_texts_that_nothing_can_learn_from_are_refused(table: str, type_: str) -> None:
    open_ = {"source": {"type": "simulator"}, "stream": {"label": "y"}, table: {"type": type_}}
    [fault] = faults_of({**open_, "stream": {"label": "y", "texts": ["body"]}})
    assert fault == (
        f"[stream] texts = ['body']: [{table}] type = {type_!r} takes no words; leave that out, "
        "for the task's own linear model in a race, or remove the texts"
    )
    assert not misfits.takes_texts(config.build(open_))


def test_without_labels_no_words_are_learned() -> None:
    [fault] = faults_of({**UNLABELLED, "stream": {"task": "unsupervised", "texts": ["body"]}})
    assert fault == (
        "[stream] texts = ['body']: with task = 'unsupervised' only numbers are compared; remove "
        "the key"
    )


def test_a_field_is_a_text_or_something_else() -> None:
    fields = {"label": "y", "categories": ["a"], "texts": ["a"]}
    [fault] = faults_of({"source": {"type": "simulator"}, "stream": fields})
    assert "[stream] texts" in fault
    assert "a field is among the categories or here, not both" in fault


def test_pieces_of_words_have_their_sizes_in_order() -> None:
    [fault] = faults_of(with_value("features", "characters", [5, 3]))
    assert "[features] characters" in fault
    assert "the first must not be more than the second" in fault


def test_what_is_left_open_is_fitted_to_texts_and_what_is_set_stays() -> None:
    open_ = config.build({"source": {"type": "simulator"}, "stream": {"label": "y"}})
    assert fitting.to_texts(open_, 0) is open_
    fitted = fitting.to_texts(open_, 1)
    assert (fitted.features.buckets, fitted.schedule.rates, fitted.schedule.memory) == (2**18, 6, 0)
    assert fitted.schedule.autostep == ()
    assert fitting.to_texts(fitted, 1) == fitted
    race = {"type": "race", "rates": 9, "memory": 2}
    given_tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}, "schedule": race}
    asked = fitting.to_texts(config.build({**given_tables, "features": {"buckets": 5}}), 1)
    assert (asked.features.buckets, asked.schedule.rates, asked.schedule.memory) == (5, 9, 2)
