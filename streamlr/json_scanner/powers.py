"""Powers of five to 128 bits: what Eisel and Lemire's conversion multiplies with.

References
----------
Lemire 2021, section 5: for q ≥ 0 the leading 128 bits of 5**q; for q < 0 those of the reciprocal of
5**-q. They are cut off, but rounded up where 5**-q fits a word (q ≥ -27): a product of such a
reciprocal may then be exact, and must not fall short. Computed here with Python's integers.
"""

import numpy as np

SMALLEST, LARGEST = -342, 308
"""Decimal exponents beyond which every word of digits gives zero, or overflows."""

_BITS = 128
_WORD = (1 << 64) - 1
_ROUNDED_UP = -27


def _leading_bits(exponent: int) -> int:
    if exponent >= 0:
        power = int(5**exponent)
        return power << _BITS >> power.bit_length()
    power = int(5**-exponent)
    # 5**-q lies between 2**(n-1) and 2**n, n its bit_length: the quotient has 128 bits
    reciprocal = (1 << (power.bit_length() + _BITS - 1)) // power
    return reciprocal + 1 if exponent >= _ROUNDED_UP else reciprocal


_POWERS = [_leading_bits(exponent) for exponent in range(SMALLEST, LARGEST + 1)]
HIGH = np.array([power >> 64 for power in _POWERS], np.uint64)
"""Upper halves, from ``5**SMALLEST`` on."""
LOW = np.array([power & _WORD for power in _POWERS], np.uint64)
"""Lower halves."""
