"""The clocks of ``profile`` around a running service."""

from pathlib import Path

import pytest

from benchmarks import profile
from streamlr import config
from streamlr.service import Service


def test_every_stage_takes_time_and_they_add_up(tmp_path: Path) -> None:
    service = Service(
        config.build(
            {
                "source": {"type": "simulator", "samples": 20_000},
                "stream": {"label": "target"},
                "schedule": {"type": "constant"},
                "checkpoint": {"directory": str(tmp_path)},
                "web": {"enabled": False},
            }
        )
    )
    service.source._batch = lambda: None  # type: ignore[attr-defined] # which Kafka's has
    clocks = profile._Clocks()
    service.when_ready = lambda: clocks.start(service)
    service.run()
    spent = clocks.stop()
    total = spent.pop("total")
    assert sum(spent.values()) == pytest.approx(total)
    assert spent["batch"] == 0
    assert min(spent[stage] for stage in ("poll", "decode", "labels", "kernel", "engine")) > 0
