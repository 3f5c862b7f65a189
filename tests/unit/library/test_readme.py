"""The README's Python runs as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest

from streamlr import OnlineModel
from tests.servers.requirements import require_package

README = Path(__file__).parents[3] / "README.md"
EXAMPLES: list[str] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def run(about: str) -> dict[str, Any]:
    """Run the one example that has these words; what it named is returned."""
    [example] = [example for example in EXAMPLES if about in example]
    names: dict[str, Any] = {}
    exec(compile(example, str(README), "exec"), names)  # noqa: S102 - our own README
    return names


def test_the_models_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("import OnlineModel")
    assert capsys.readouterr().out.startswith("True ")
    assert OnlineModel.load("fraud.safetensors").samples == 200


def test_rivers_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names = run("from river import")
    assert names["scheduler"].steps == 1250
    driven = names["model"]["LogisticRegression"].optimizer.learning_rate
    assert capsys.readouterr().out.startswith(f"{driven} [")


def test_torchs_example_runs() -> None:
    require_package("torch")
    [group] = run("import torch")["optimizer"].param_groups
    assert 0.0 < group["lr"] < 0.001


def test_there_are_no_other_examples() -> None:
    assert len(EXAMPLES) == 3
