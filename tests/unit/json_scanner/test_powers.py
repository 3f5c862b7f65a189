"""Every power of five, against exact fractions."""

from fractions import Fraction

import numpy as np

from streamlr.json_scanner import powers as subject


def test_each_is_the_leading_128_bits() -> None:
    for place, exponent in enumerate(range(subject.SMALLEST, subject.LARGEST + 1)):
        bits = (int(subject.HIGH[place]) << 64) + int(subject.LOW[place])
        assert bits.bit_length() == 128
        exact = Fraction(5) ** exponent
        scale = int(np.floor(exponent * np.log2(5))) - 127
        scaled = exact / Fraction(2) ** scale
        assert 2**127 <= scaled < 2**128
        rounded_up = -27 <= exponent < 0
        assert bits == scaled.__floor__() + rounded_up, exponent


def test_there_is_one_for_each_exponent() -> None:
    assert len(subject.HIGH) == len(subject.LOW) == 651
