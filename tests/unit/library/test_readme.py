"""The README's Python runs as it stands."""

import re
from pathlib import Path

import pytest

from streamlr import OnlineModel

README = Path(__file__).parents[3] / "README.md"


def test_the_readmes_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(README), "exec"), {})  # noqa: S102 - our own README
    assert capsys.readouterr().out.startswith("True ")
    assert OnlineModel.load("fraud.safetensors").samples == 200
