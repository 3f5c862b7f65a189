"""Every component in a line: ours, a third party's, and one that cannot be imported."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamlr import cli, registry

MODULE = '''"""A sink of [somebody] else's.

More of it.
"""
from typing import Literal
from streamlr.components import ComponentConfig

class Config(ComponentConfig):
    """Somebody else's."""
    type: Literal["some_where"] = "some_where"
'''


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a distribution with a good sink, and with others that fail in several ways."""
    (tmp_path / "its_good.py").write_text(MODULE)
    (tmp_path / "its_bad.py").write_text("raise ValueError('no licence')\n")
    (tmp_path / "its_worse.py").write_text("def\n")
    (tmp_path / "its_empty.py").write_text("Config = dict\n")
    information = tmp_path / "its-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: its\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[streamlr.sinks]\nsome-where = its_good\nbad = its_bad\nworse = its_worse\n"
        "gone = its_nothing\nempty = its_empty\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()
    for name in ("its_good", "its_empty"):
        sys.modules.pop(name, None)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert cli.main(["list", *arguments, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_every_component_is_listed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert [(one["kind"], one["type"]) for one in found] == [
        (kind, name) for kind in registry.KINDS for name in registry.names(kind)
    ]
    for one in found:
        assert one["summary"]
        assert (one["origin"], one["error"]) == ("streamlr", "")


def test_only_schedules_have_a_family(capsys: pytest.CaptureFixture[str]) -> None:
    families = {(one["kind"], one["type"]): one["family"] for one in listed(capsys)}
    assert families["schedules", "cosine"] == "static"
    assert families["schedules", "reduce_on_plateau"] == "dynamic"
    assert {kind for (kind, _), family in families.items() if family} == {"schedules"}


def test_a_kind_may_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert {one["kind"] for one in listed(capsys, "detectors")} == {"detectors"}


def test_an_unknown_kind_is_told_with_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["list", "sinkz"])
    assert caught.value.code == 2
    assert "'sinks'" in capsys.readouterr().err


@pytest.mark.usefixtures("third_party")
def test_a_third_partys_is_listed_with_where_it_comes_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {one["type"]: one for one in listed(capsys, "sinks")}
    assert found["some_where"] == {
        "kind": "sinks",
        "type": "some_where",
        "family": "",
        "summary": "A sink of [somebody] else's.",
        "origin": "its 1.0 (its_good)",
        "error": "",
    }


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("type_", "why"),
    [
        ("bad", "ValueError: no licence"),
        ("worse", "SyntaxError: "),
        ("gone", "ModuleNotFoundError: No module named 'its_nothing'"),
        ("empty", "it has no class Config that is a streamlr.components.ComponentConfig"),
    ],
)
def test_one_that_cannot_be_imported_is_listed_with_its_error(
    capsys: pytest.CaptureFixture[str], type_: str, why: str
) -> None:
    found = {one["type"]: one for one in listed(capsys, "sinks")}
    assert why in found[type_]["error"]
    assert found[type_]["origin"].startswith("its 1.0 (its_")
    assert found["file"]["summary"]  # the others are there


@pytest.mark.usefixtures("third_party")
def test_the_table_reads_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line in registry.KINDS] == list(registry.KINDS)
    assert any(line.startswith("race  ") and line.endswith("speak. — adaptive") for line in lines)
    (foreign,) = [line for line in lines if line.startswith("some_where ")]
    assert foreign.endswith("A sink of [somebody] else's. — its 1.0 (its_good)")
    (broken,) = [line for line in lines if line.startswith("bad ")]
    assert broken.endswith("ValueError: no licence")


@pytest.mark.usefixtures("third_party")
def test_the_schema_and_the_starter_do_without_the_broken_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["schema"]) == 0
    captured = capsys.readouterr()
    titles = {found["title"] for found in json.loads(captured.out)["$defs"].values()}
    assert "some_where" in titles
    assert not {"bad", "worse", "gone", "empty"} & titles
    assert captured.err.count("left out: sinks: ") == 4
    assert cli.main(["init", str(tmp_path / "x.toml")]) == 0
    text = (tmp_path / "x.toml").read_text()
    assert '#type = "some_where"' in text
    assert '#type = "bad"' not in text
    assert cli.main(["check", str(tmp_path / "x.toml")]) == 0
