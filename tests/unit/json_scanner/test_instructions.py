"""Each instruction does what its plain Python says."""

import numpy as np
import pytest

from streamlr.compiling import compiled
from streamlr.json_scanner import instructions as subject

WORDS = [0, 1, 2, 3, 0x80, 0xFF00, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
RANDOM = np.random.default_rng(1).integers(0, 2**64, 20, np.uint64).tolist()


@compiled
def _multiply_high(a: np.uint64, b: np.uint64) -> np.uint64:
    return subject.multiply_high(a, b)  # type: ignore[no-any-return]


@compiled
def _zeros(word: np.uint64) -> tuple[np.uint64, np.uint64]:
    return subject.leading_zeros(word), subject.trailing_zeros(word)


@compiled
def _loaded(text: np.ndarray, at: int) -> np.uint64:
    return subject.load(subject.pointer(text), at)  # type: ignore[no-any-return]


@compiled
def _third_doubled(array: np.ndarray) -> None:
    pointer = subject.pointer(array)
    pointer[2] = 2 * pointer[2]


@pytest.mark.parametrize("a", WORDS + RANDOM)
def test_products_and_zeros(a: int) -> None:
    for b in WORDS + RANDOM:
        assert int(_multiply_high(np.uint64(a), np.uint64(b))) == a * b >> 64
    leading, trailing = _zeros(np.uint64(a))
    assert int(leading) == 64 - a.bit_length()
    assert int(trailing) == (64 if a == 0 else f"{a:b}"[::-1].index("1"))


def test_a_word_begins_with_its_lowest_byte() -> None:
    text = np.arange(1, 20, dtype=np.uint8)
    assert hex(_loaded(text, 0)) == "0x807060504030201"
    assert hex(_loaded(text, 3)) == "0xb0a090807060504"


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.uint64, np.float64])
def test_a_pointer_reads_and_writes_the_array(kind: type[np.generic]) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    _third_doubled(array)
    assert array.ravel().tolist() == [0, 1, 4, 3, 4, 5]
