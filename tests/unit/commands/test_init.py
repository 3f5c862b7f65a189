"""The starter: valid as it stands, and with any of its alternatives in the place of the default."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from streamlr import cli, config, registry
from streamlr.commands import init as subject

GIVEN = {"bootstrap": "b:1", "topic": "payments", "label": "fraud"}


def write(path: Path, *options: str) -> config.Configuration:
    assert cli.main(["init", str(path), *options]) == 0
    assert cli.main(["check", str(path)]) == 0
    return config.read(path)


def test_it_passes_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.toml"
    write(path)
    assert capsys.readouterr().out.splitlines() == [
        f"{path} is written; next: streamlr check {path}",
        f"{path} is valid",
    ]


def test_without_a_path_it_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["streamlr.toml"]


def test_it_takes_the_options_of_run(tmp_path: Path) -> None:
    options = ["--bootstrap", "b:1", "--topic", "payments", "--label", 'fr"äud']
    written = write(tmp_path / "new.toml", *options)
    assert (written.source.bootstrap, written.source.topic) == ("b:1", "payments")
    assert written.stream.label == 'fr"äud'


def test_all_else_is_at_its_default(tmp_path: Path) -> None:
    source = {"type": "kafka", "bootstrap": "localhost:9092", "topic": "events"}
    assert write(tmp_path / "new.toml") == config.build(
        {"source": source, "stream": {"label": "label"}}
    )


def test_it_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")
    assert cli.main(["init", str(path)]) == 73
    assert capsys.readouterr().err == (
        f"streamlr: {path} is there already: nothing was written. Choose another path\n"
    )
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "none" / "x.toml")]) == 73
    assert "x.toml: No such file or directory" in capsys.readouterr().err


def test_an_option_that_is_no_value_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "x.toml"), "--topic", ""]) == 78
    assert "[source] topic = ''" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


ONE_OF_BOTH = {("labels", "ahead"): "steps"}
"""Keys left off where all settings are switched on: they stand for another that is."""


def blocks() -> dict[tuple[str, str], str]:
    """Table and type → the block in the text, with its settings switched on."""
    found = {}
    for block in re.split(r"\n(?=#?\[)", subject.text(GIVEN))[1:]:
        text = re.sub(r"^#(?=[a-z\[])", "", block, flags=re.MULTILINE)
        text = text.replace('start = "earliest"', 'start = "timestamp"')  # start_timestamp needs it
        ((table, values),) = tomllib.loads(text).items()
        type_ = one(values).get("type", "")
        if other := ONE_OF_BOTH.get((table, type_)):
            text = re.sub(rf"^{other} = .*\n", "", text, flags=re.MULTILINE)
        found[table, type_] = text
    return found


def one(values: Any) -> Any:  # noqa: ANN401 - a table, or what was made of it
    """The table; of an array of tables, the only one."""
    return next(iter(values)) if isinstance(values, list | tuple) else values


@pytest.mark.parametrize(("table", "type_"), blocks())
def test_every_block_is_valid_with_all_its_settings_on(table: str, type_: str) -> None:
    kind = config.COMPONENTS.get(table, (config.LISTS.get(table, ""), ""))[0]
    tasks = getattr(registry.load(kind, type_), "TASKS", ("binary",)) if kind else ("binary",)
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y", "task": tasks[0]}}
    text = blocks()[table, type_]
    built = config.build({**tables, **tomllib.loads(text)})
    made = one(getattr(built, table))
    assert getattr(made, "type", "") == type_
    expected = set(type(made).model_fields) - {ONE_OF_BOTH.get((table, type_))}
    assert set(one(tomllib.loads(text)[table])) == expected  # every key is there


def test_every_component_is_there() -> None:
    expected = {
        (table, name)
        for table, kind in [
            *((table, kind) for table, (kind, _) in config.COMPONENTS.items()),
            *config.LISTS.items(),
        ]
        for name in registry.names(kind)
    }
    assert set(blocks()) == expected | {(table, "") for table in config.PLAIN}


@pytest.mark.parametrize(
    "line",
    [
        "#poll_records = 2000              # most a poll; at least 1, at most 100000",
        "#rates = 16                       # lanes on the grid; at least 1, at most 256",
        "#clip = 6.0                       # largest standardised magnitude; over 0",
        '#directory = "/var/lib/streamlr"  # folder for checkpoints; none: no checkpoints',
    ],
)
def test_a_key_has_its_default_its_meaning_and_its_choices(line: str) -> None:
    assert line in subject.text(GIVEN).splitlines()


def test_choices_are_told() -> None:
    assert 'one of: "debug", "info", "warning", "error"' in subject.text(GIVEN)
