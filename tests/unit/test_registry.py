"""Components are found by their file's name, or by an entry point of somebody else's package."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamlr import config, registry
from streamlr.errors import ConfigurationError

PACKAGE = Path(registry.__file__).parent

MODULE = '''
"""A sink of somebody else's."""
from typing import Literal
from streamlr.components import ComponentConfig

class Config(ComponentConfig):
    """Somebody else's."""
    type: Literal["some_where"] = "some_where"
    depth: int = 3

def build(config, table):
    return ("built", config.depth, table)
'''


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a distribution that offers the sink ``some-where``."""
    (tmp_path / "somebody_elses.py").write_text(MODULE)
    information = tmp_path / "somebody_elses-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: somebody-elses\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(
        "[streamlr.sinks]\nsome-where = somebody_elses\nbroken = nowhere_to_be_found\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "somebody_elses", raising=False)
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()


@pytest.mark.parametrize("kind", registry.KINDS)
def test_types_are_the_files_of_the_folder(kind: str) -> None:
    folder = PACKAGE / kind
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    internal = set(getattr(importlib.import_module(f"streamlr.{kind}"), "INTERNAL", ()))
    assert registry.names(kind) == tuple(sorted((files | packages) - internal))


def test_some_are_known_to_be_there() -> None:
    assert {"constant", "race"} <= set(registry.names("schedules"))
    assert {"file", "kafka", "simulator"} <= set(registry.names("sources"))


@pytest.mark.parametrize("name", ["drift_boost", "drift-boost"])
def test_hyphens_are_underscores(name: str) -> None:
    assert registry.load("schedules", name).__name__ == "streamlr.schedules.drift_boost"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rase", "(did you mean 'race'?)"),
        ("drift-bost", "(did you mean 'drift_boost'?)"),
        ("zzz", ";"),
        ("", ";"),
        ("__init__", ";"),
        ("race.State", ""),
        ("../detectors/adwin", ""),
        ("Race", ""),
    ],
)
def test_an_unknown_type_is_told_with_the_choices(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.load("schedules", name)
    message = str(caught.value)
    assert message.startswith(f"schedules: there is no {name!r}")
    assert hint in message
    assert message.endswith(", ".join(registry.names("schedules")))


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize("name", ["some-where", "some_where"])
def test_somebody_elses_component_is_found(name: str) -> None:
    assert "some_where" in registry.names("sinks")
    assert registry.load("sinks", name).__name__ == "somebody_elses"


@pytest.mark.usefixtures("third_party")
def test_somebody_elses_component_is_configured_like_ours() -> None:
    tables: dict[str, Any] = {
        "source": {"type": "simulator"},
        "stream": {"label": "y"},
        "sink": {"type": "some-where", "depth": 5},
    }
    built = config.build(tables).sink
    assert (built.type, built.depth) == ("some_where", 5)
    tables["sink"]["deth"] = "5"
    with pytest.raises(ConfigurationError, match=r"\[sink\] deth: unknown key .*'depth'"):
        config.build(tables)


@pytest.mark.usefixtures("third_party")
def test_nothing_is_imported_before_it_is_asked_for() -> None:
    registry.names("sinks")
    registry.load("sinks", "none")
    assert "somebody_elses" not in sys.modules


@pytest.mark.usefixtures("third_party")
def test_a_component_that_cannot_be_imported_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"'broken' .*nowhere_to_be_found"):
        registry.load("sinks", "broken")
