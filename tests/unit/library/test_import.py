"""``import streamlr`` is light, and offers what it says."""

import subprocess
import sys

import pytest

import streamlr

HEAVY = {
    *("confluent_kafka", "kafka", "msgspec", "numba", "numpy", "polars", "pydantic"),
    *("river", "sklearn", "torch"),
}


def heavy_after(statements: str) -> str:
    """Return what heavy packages a fresh Python has loaded after these statements."""
    program = f"import sys\n{statements}\nprint(sorted({HEAVY} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def test_importing_loads_nothing_heavy() -> None:
    assert heavy_after("import streamlr; streamlr.__version__; dir(streamlr)") == "[]"


def test_catching_errors_loads_nothing_heavy() -> None:
    assert heavy_after("from streamlr import StreamlrError, DataError") == "[]"


def test_a_model_loads_no_kafka_client() -> None:
    loaded = heavy_after("import streamlr; streamlr.OnlineModel(features=('x',))")
    assert "numba" in loaded
    assert "kafka" not in loaded
    assert "river" not in loaded
    assert "torch" not in loaded


def test_a_scheduler_loads_nothing_that_it_might_drive() -> None:
    made = "streamlr.LearningRateScheduler('cosine').drive(dict(lr=1.0)).step(0.5)"
    loaded = heavy_after(f"import streamlr; {made}")
    assert "numba" in loaded
    for other in ("kafka", "river", "sklearn", "torch"):
        assert other not in loaded


@pytest.mark.parametrize("name", streamlr.__all__)
def test_what_it_offers_is_there(name: str) -> None:
    value = getattr(streamlr, name)
    assert name in dir(streamlr)
    assert name in {"__version__", getattr(value, "__name__", "")}


def test_what_it_does_not_offer_is_an_error_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'streamlr' has no attribute 'Model'"):
        streamlr.Model  # noqa: B018


@pytest.mark.parametrize(
    "error", ["ConfigurationError", "DataError", "StorageError", "UnavailableError"]
)
def test_every_error_is_one_of_ours(error: str) -> None:
    assert issubclass(getattr(streamlr, error), streamlr.StreamlrError)
