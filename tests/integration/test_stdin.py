"""``cat file | streamlr run --stdin --label y``, as somebody would type it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.streams import LABEL, phishing


def run(arguments: list[str], fed: bytes, folder: Path, **environment: str) -> tuple[bytes, str]:
    """Standard output and error of a run that ends well."""
    done = subprocess.run(
        [sys.executable, "-m", "streamlr", "run", *arguments],
        input=fed,
        env={**os.environ, "STREAMLR__WEB__ENABLED": "false", **environment},
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.decode()


def stopped(log: str) -> dict[str, str]:
    """What the last line says."""
    line = log.splitlines()[-1]
    assert "stopped" in line
    return dict(re.findall(r"(\w+)=(\S+)", line))


def as_csv(values: list[bytes]) -> bytes:
    rows = [json.loads(value) for value in values]
    lines = [",".join(rows[0]), *(",".join(map(json.dumps, row.values())) for row in rows)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_it_predicts_each_record_and_sums_up(tmp_path: Path, format_: str) -> None:
    values = phishing(600)
    fed = b"\n".join(values) if format_ == "ndjson" else as_csv(values)
    options = ["--stdin"] if format_ == "ndjson" else ["--stdin", "csv"]
    out, log = run([*options, "--label", LABEL], fed, tmp_path)
    said = [json.loads(line) for line in out.splitlines()]
    assert [one["offset"] for one in said] == list(range(600))
    summary = stopped(log)
    assert summary["records"] == "600"
    assert float(summary["accuracy"]) > 0.8


def test_fed_again_it_goes_on_where_the_checkpoint_stands(tmp_path: Path) -> None:
    values = phishing(500)
    whole = b"\n".join(values) + b"\n"
    first = b"\n".join(values[:200]) + b"\n"
    (tmp_path / "c.toml").write_text(
        f'[source]\ntype = "stdin"\n[stream]\nlabel = "{LABEL}"\n'
        '[checkpoint]\ndirectory = "state"\n'
    )
    run(["c.toml"], first, tmp_path)
    _, log = run(["c.toml"], whole, tmp_path)
    (tmp_path / "other").mkdir()
    _, uninterrupted = run(["../c.toml"], whole, tmp_path / "other")
    assert "records=200" in next(line for line in log.splitlines() if "resuming" in line)
    for key in ("records", "state", "accuracy"):
        assert stopped(log)[key] == stopped(uninterrupted)[key]
