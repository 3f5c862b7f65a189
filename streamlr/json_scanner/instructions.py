"""What numba has no name for: bare pointers, and single machine instructions.

Each is written twice: in LLVM's terms, and in Python's for ``NUMBA_DISABLE_JIT=1``.

A compiled function counts references to the arrays it is given, with atomic operations that
take a third of the time of reading a record. So the kernel takes a pointer to each of its arrays
once, and hands those on: nothing is counted, no index is wrapped, and nothing is checked.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Pointer: TypeAlias = Any
"""To a number of the type that the array had; as plain Python a memoryview."""

_ANSWER_FOR_ZERO = ir.Constant(ir.IntType(1), 0)
_WORD, _WIDE = ir.IntType(64), ir.IntType(128)
_WORD_BITS, _WORD_BYTES = 64, 8


# --- As plain Python --------------------------------------------------------------------------


def _pointer(array: np.ndarray) -> memoryview:
    """Pointer to an array's first element; the array must be contiguous and outlive it."""
    return memoryview(array.reshape(-1))


def _load(text: memoryview, at: int) -> np.uint64:
    """Eight bytes from a pointer to uint8, the first of them lowest."""
    return np.uint64(int.from_bytes(text[at : at + _WORD_BYTES], "little"))


def _multiply_high(a: np.uint64, b: np.uint64) -> np.uint64:
    """Upper 64 bits of the product of two words."""
    return np.uint64(int(a) * int(b) >> _WORD_BITS)


def _leading_zeros(word: np.uint64) -> np.uint64:
    """Zero bits above the highest one; 64 of zero."""
    return np.uint64(_WORD_BITS - int(word).bit_length())


def _trailing_zeros(word: np.uint64) -> np.uint64:
    """Zero bits below the lowest one; 64 of zero."""
    lowest = int(word) & -int(word)
    return np.uint64(lowest.bit_length() - 1 if lowest else _WORD_BITS)


# --- Compiled ---------------------------------------------------------------------------------


def _emit_pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


def _emit_load(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
    place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), _WORD.as_pointer())
    return builder.load(place, align=1)


def _emit_multiply_high(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
    a, b = (builder.zext(word, _WIDE) for word in words)
    high = builder.lshr(builder.mul(a, b), ir.Constant(_WIDE, _WORD_BITS))
    return builder.trunc(high, _WORD)


def _emit_leading_zeros(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
    return builder.ctlz(words[0], _ANSWER_FOR_ZERO)


def _emit_trailing_zeros(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
    return builder.cttz(words[0], _ANSWER_FOR_ZERO)


def _type_pointer(_typing: Any, array: Any) -> Any:
    return types.CPointer(array.dtype)(array), _emit_pointer


def _type_load(_typing: Any, text: Any, _at: Any) -> Any:
    return types.uint64(text, types.int64), _emit_load


def _type_multiply_high(_typing: Any, _a: Any, _b: Any) -> Any:
    return types.uint64(types.uint64, types.uint64), _emit_multiply_high


def _type_leading_zeros(_typing: Any, _word: Any) -> Any:
    return types.uint64(types.uint64), _emit_leading_zeros


def _type_trailing_zeros(_typing: Any, _word: Any) -> Any:
    return types.uint64(types.uint64), _emit_trailing_zeros


if numba.config.DISABLE_JIT:
    pointer, load = _pointer, _load
    multiply_high, leading_zeros, trailing_zeros = _multiply_high, _leading_zeros, _trailing_zeros
else:
    pointer, load = intrinsic(_type_pointer), intrinsic(_type_load)
    multiply_high = intrinsic(_type_multiply_high)
    leading_zeros = intrinsic(_type_leading_zeros)
    trailing_zeros = intrinsic(_type_trailing_zeros)
