"""Labels that are strings, few or many."""

import numpy as np

from tests.unit.json_scanner.scanning import scan


def labels(*texts: str) -> list[object]:
    return scan(*[f'{{"y":"{text}"}}'.encode() for text in texts]).labels


def test_a_string_met_again_is_the_same_object() -> None:
    first, other, again, _ = labels("spam", "ham", "spam", "eggs")
    assert (first, other) == ("spam", "ham")
    assert first is again


def test_there_may_be_more_strings_than_slots() -> None:
    random = np.random.default_rng(1)
    texts = [f"class {number}" for number in random.integers(0, 2000, 3000)]
    assert labels(*texts) == texts


def test_strings_that_differ_anywhere_are_not_taken_for_each_other() -> None:
    texts = ["x" * place + "y" + "x" * (30 - place) for place in range(31)]
    texts += ["x" * length for length in range(40)]
    assert labels(*texts, *texts) == texts * 2
