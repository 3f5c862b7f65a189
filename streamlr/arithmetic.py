"""exp, log, cos and sums from basic arithmetic: the same bits everywhere, in loops that vectorise.

libm's versions are calls that the vectoriser cannot look into, cost about 9 ns each, and differ
between C libraries. These use additions, multiplications, divisions and bit moves only, which
IEEE 754 fixes to the last bit, compiled or not.

Polynomials are summed in pairs of pairs (Estrin's scheme): a processor works on the pairs at the
same time, where each step of Horner's scheme would wait for the one before.
"""

import numpy as np

from streamlr.compiling import hot

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # the upper bits of ln 2: k * _LN2_HIGH is exact
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest integer in the low bits
_EXP_LIMIT = 700.0  # beyond it exp would leave the normal range of float64
_PI = 3.141592653589793
_SQRT_2 = 1.4142135623730951
_MANTISSA = 0xFFFFFFFFFFFFF
_ONE_BITS = 0x3FF0000000000000
_TWO_52_BITS = 0x4330000000000000  # 2**52: its low bits count in ones
_TWO_52_AND_BIAS = 4503599627370496.0 + 1023.0


@hot
def exp(x: float) -> float:
    """e**x for x clamped to [-700, 700]; relative error under 1e-15.

    Notes
    -----
    Cody & Waite's reduction x = k ln 2 + r, |r| ≤ ln(2)/2, then the Taylor polynomial of degree 12
    of e**r, scaled by 2**k through the exponent's bits. NaN gives NaN.

    Examples
    --------
    >>> abs(exp(1.0) - 2.718281828459045) < 1e-15
    True
    """
    x = min(max(x, -_EXP_LIMIT), _EXP_LIMIT)
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + r2 * (1 / 2 + r * (1 / 6))
    middle = (1 / 24 + r * (1 / 120)) + r2 * (1 / 720 + r * (1 / 5040))
    high = (1 / 40320 + r * (1 / 362880)) + r2 * (1 / 3628800 + r * (1 / 39916800))
    polynomial = low + r4 * (middle + r4 * (high + r4 * (1 / 479001600)))
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    return polynomial * power


@hot
def log(x: float) -> float:
    """Natural logarithm of a normal positive float64; error under 1e-15 times max(1, |ln x|).

    Notes
    -----
    x = m 2**e with m in [√½, √2), then ln m = 2 atanh(s), s = (m-1)/(m+1), by its series up to
    s**19. Zero, negative, subnormal and non-finite arguments are outside its contract: callers
    floor their argument.

    Examples
    --------
    >>> abs(log(10.0) - 2.302585092994046) < 1e-15
    True
    """
    bits = np.float64(x).view(np.int64)
    exponent = np.int64(((bits >> 52) & 0x7FF) | _TWO_52_BITS).view(np.float64) - _TWO_52_AND_BIAS
    mantissa = np.int64((bits & _MANTISSA) | _ONE_BITS).view(np.float64)
    upper = mantissa > _SQRT_2
    mantissa = 0.5 * mantissa if upper else mantissa
    exponent = exponent + 1.0 if upper else exponent
    s = (mantissa - 1.0) / (mantissa + 1.0)
    q = s * s
    q2 = q * q
    q4 = q2 * q2
    low = (1 / 3 + q * (1 / 5)) + q2 * (1 / 7 + q * (1 / 9))
    high = (1 / 11 + q * (1 / 13)) + q2 * (1 / 15 + q * (1 / 17))
    series = low + q4 * (high + q4 * (1 / 19))
    mantissa_log = 2.0 * s + (2.0 * s * q * series + exponent * _LN2_LOW)
    return exponent * _LN2_HIGH + mantissa_log


@hot
def sigmoid(x: float) -> float:
    """1 / (1 + e**-x): never exactly 0 or 1 for |x| ≤ 36, the logits that a bounded model reaches.

    Examples
    --------
    >>> sigmoid(0.0)
    0.5
    """
    return 1.0 / (1.0 + exp(-x))


@hot
def cosine_of_turns(turns: float) -> float:
    """cos(2π·turns) for |turns| ≤ 2**50; error under 1e-12.

    Notes
    -----
    cos(2πt) = 1 - 2·sin²(πt), t reduced to [-½, ½], and the Taylor polynomial of degree 17 of the
    sine.

    Examples
    --------
    >>> abs(cosine_of_turns(1.0 / 6.0) - 0.5) < 1e-12
    True
    """
    part = turns - ((turns + _ROUND) - _ROUND)
    r = _PI * part
    q = r * r
    q2 = q * q
    q4 = q2 * q2
    low = (1.0 - q * (1 / 6)) + q2 * (1 / 120 - q * (1 / 5040))
    high = (1 / 362880 - q * (1 / 39916800)) + q2 * (1 / 6227020800 - q * (1 / 1307674368000))
    sine = r * (low + q4 * (high + q4 * (1 / 355687428096000)))
    return 1.0 - 2.0 * sine * sine


@hot
def dot(left: np.ndarray, right: np.ndarray) -> float:
    """Sum of products, by four running sums: in a fixed order, yet none waits for the last one.

    Examples
    --------
    >>> float(dot(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0, 2.0])))
    20.0
    """
    first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    whole = left.shape[0] // 4 * 4
    for i in range(0, whole, 4):
        first += left[i] * right[i]
        second += left[i + 1] * right[i + 1]
        third += left[i + 2] * right[i + 2]
        fourth += left[i + 3] * right[i + 3]
    for i in range(whole, left.shape[0]):
        first += left[i] * right[i]
    return (first + second) + (third + fourth)
