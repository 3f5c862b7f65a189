"""What holds for every stream in ``simulators/streams/``, those not yet written included."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import Stream, make, names
from simulators.registry import stream_module
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Labels

FAR = 10_000_000
DRAWS_FOR_ANY_BLOCK = 60

every_stream = pytest.mark.parametrize("name", names())


def options_of(name: str) -> set[str]:
    return set(stream_module(name).Config.model_fields)


def lively(name: str, seed: int = 7, **options: object) -> Stream:
    """Make a stream that drifts inside its first blocks, where it has change points."""
    if "drift_every" in options_of(name):
        options = {"drift_every": 700, **options}
    if "width" in options_of(name):
        options = {"width": 1, **options}
    return make(name, seed, **options)


def bits(rows: tuple[Floats, Labels]) -> tuple[bytes, bytes]:
    return rows[0].tobytes(), rows[1].tobytes()


def test_the_streams_are_those_in_the_folder() -> None:
    assert {"abrupt", "agrawal", "random_walk", "regression", "sea"} <= set(names())
    assert list(names()) == sorted(names())
    assert "__init__" not in names()


@every_stream
def test_it_says_what_it_is(name: str) -> None:
    stream = make(name)
    assert stream.name == name
    assert stream.feature_names == tuple(f"x{i}" for i in range(len(stream.feature_names)))
    assert (stream.task, stream.classes) == ("regression", 0) or (
        stream.classes >= 2 and stream.task == ("binary" if stream.classes == 2 else "multiclass")
    )


@every_stream
def test_rows_have_their_shape_type_and_range(name: str) -> None:
    stream = lively(name)
    features, labels = stream.rows(1_000, 4_000)
    assert features.shape == (3_000, len(stream.feature_names))
    assert features.dtype == np.float64
    assert features.flags.c_contiguous
    assert labels.shape == (3_000,)
    assert np.isfinite(features).all()
    if stream.task == "regression":
        assert labels.dtype == np.float64
        assert np.isfinite(labels).all()
    else:
        assert labels.dtype == np.int64
        assert set(labels.tolist()) == set(range(stream.classes))


@every_stream
@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 4_000), max_size=8), start=st.sampled_from([0, 333, FAR]))
def test_any_cut_gives_the_same_bits(name: str, cuts: list[int], start: int) -> None:
    whole = lively(name).rows(start, start + 4_000)
    stream = lively(name)
    edges = [start + cut for cut in [0, *sorted(cuts), 4_000]]
    pieces = [stream.rows(*piece) for piece in pairwise(edges)]
    features, labels = (np.concatenate(column) for column in zip(*pieces, strict=True))
    assert bits((features, labels)) == bits(whole)


@every_stream
def test_the_order_of_reading_does_not_matter(name: str) -> None:
    stream = lively(name)
    starts = range(0, 5 * BLOCK_ROWS, 512)
    onwards = [bits(stream.rows(start, start + 512)) for start in starts]
    backwards = [bits(stream.rows(start, start + 512)) for start in reversed(starts)]
    assert backwards[::-1] == onwards


@every_stream
def test_the_seed_decides_all(name: str) -> None:
    first = bits(lively(name, seed=7).rows(0, 2_000))
    assert bits(lively(name, seed=7).rows(0, 2_000)) == first
    for other in (0, 8, 2**64 - 1):
        features, labels = bits(lively(name, seed=other).rows(0, 2_000))
        assert features != first[0]
        assert labels != first[1]


@every_stream
def test_rows_are_the_callers_own(name: str) -> None:
    stream = make(name)
    kept = bits(stream.rows(0, 100))
    features, labels = stream.rows(0, 100)
    features[:] = -1
    labels[:] = -1
    assert bits(stream.rows(0, 100)) == kept


@every_stream
def test_a_far_row_costs_a_bounded_number_of_draws(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = make(name, seed=123_456)
    drawn = []
    seed_sequence = np.random.SeedSequence

    def counted(entropy: int, *, spawn_key: tuple[int, int]) -> np.random.SeedSequence:
        drawn.append(spawn_key)
        return seed_sequence(entropy, spawn_key=spawn_key)

    monkeypatch.setattr(np.random, "SeedSequence", counted)
    stream.rows(FAR, FAR + 10)
    assert 1 <= len(drawn) <= DRAWS_FOR_ANY_BLOCK
    stream.rows(MAXIMUM_ROWS - 10, MAXIMUM_ROWS)
    assert len(drawn) <= 2 * DRAWS_FOR_ANY_BLOCK


@every_stream
def test_small_reads_in_sequence_draw_each_block_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = make(name)
    draw = stream.block
    numbers = []

    def counted(number: int) -> tuple[Floats, Labels]:
        numbers.append(number)
        return draw(number)

    monkeypatch.setattr(stream, "block", counted)
    for start in range(0, 3 * BLOCK_ROWS, 64):
        stream.rows(start, start + 64)
    assert numbers == [0, 1, 2]


@every_stream
def test_row_numbers_may_be_numpys(name: str) -> None:
    start, stop = np.array([FAR, FAR + 9])
    assert bits(make(name).rows(start, stop)) == bits(make(name).rows(FAR, FAR + 9))


@every_stream
def test_an_empty_read_is_empty(name: str) -> None:
    features, labels = make(name).rows(5, 5)
    assert features.shape == (0, len(make(name).feature_names))
    assert labels.shape == (0,)


@every_stream
@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (6, 5), (0, MAXIMUM_ROWS + 1)])
def test_rows_out_of_range_are_refused(name: str, start: int, stop: int) -> None:
    with pytest.raises(ValueError, match=f"rows {start} to {stop}: need 0 <= start <= stop"):
        make(name).rows(start, stop)


@every_stream
def test_change_points_are_in_order_and_below_the_stop(name: str) -> None:
    stream = lively(name)
    points = stream.change_points(2_101)
    assert points in ([], [700, 1_400, 2_100])
    assert stream.change_points(2_100) == points[:2]
    assert stream.change_points(0) == []


@pytest.mark.parametrize("name", [name for name in names() if make(name).change_points(10**6)])
def test_what_is_learnt_changes_at_a_change_point(name: str) -> None:
    """The same stream without drift has the same rows before it, and others from it on."""
    drifting = lively(name, drift_every=1_500).rows(0, 3_000)
    constant = lively(name, drift_every=MAXIMUM_ROWS).rows(0, 3_000)
    differs = (drifting[1] != constant[1]) | (drifting[0] != constant[0]).any(axis=1)
    slack = 3 if name == "gradual" else 0  # one row in fifty is early at width 1
    assert differs[:1_500].sum() <= slack
    assert differs[1_500:].mean() > 0.06
    assert differs[1_500:1_600].any()


@every_stream
def test_every_option_is_bounded_and_described(name: str) -> None:
    properties = stream_module(name).Config.model_json_schema()["properties"]
    for key, schema in properties.items():
        assert schema["minimum"] <= schema["default"] <= schema["maximum"], key
        assert schema["description"], key


@every_stream
def test_options_out_of_range_are_refused_by_name_value_and_range(name: str) -> None:
    properties = stream_module(name).Config.model_json_schema()["properties"]
    for key, schema in properties.items():
        low, high = schema["minimum"], schema["maximum"]
        wrong: list[object] = [low - 1, high + 1, "much", None, True, float("nan")]
        for value in wrong:
            with pytest.raises(ValueError, match=f"simulator '{name}'") as refusal:
                make(name, 0, **{key: value})
            assert f"{key}={value!r} must be" in str(refusal.value)
            assert f"from {low} to {high}" in str(refusal.value)
            assert "\n" not in str(refusal.value)


@every_stream
def test_an_unknown_option_is_refused_with_those_allowed(name: str) -> None:
    with pytest.raises(ValueError, match="unknown option colour='red'; allowed: ") as refusal:
        make(name, colour="red")
    for key in options_of(name):
        assert key in str(refusal.value)
