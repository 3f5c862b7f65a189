"""What numba has no name for: bare pointers, and single machine instructions.

Each is written twice: in LLVM's terms, and in Python's for ``NUMBA_DISABLE_JIT=1``.

A compiled function counts references to the arrays it is given, with atomic operations that
take a third of the time of reading a record. So the kernel takes a pointer to each of its arrays
once, and hands those on: nothing is counted, no index is wrapped, and nothing is checked.
"""

import struct
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import config
from numba.extending import intrinsic

Pointer: TypeAlias = Any
"""To numbers of the type that the array has, to be indexed as it; as plain Python a memoryview."""

Word: TypeAlias = Any
"""uint64"""

_Numba: TypeAlias = Any  # neither numba's objects nor LLVM's have types

_ANSWER_FOR_ZERO = ir.Constant(ir.IntType(1), 0)
_WORD, _WIDE = ir.IntType(64), ir.IntType(128)
_WORD_BITS = 64
_LITTLE_ENDIAN = struct.Struct("<Q")


# --- As plain Python --------------------------------------------------------------------------


def _pointer(array: np.ndarray) -> Pointer:
    """Pointer to an array's first element; the array must be contiguous and outlive it."""
    return memoryview(array.reshape(-1).data)


def _load(text: Pointer, at: int) -> Word:
    """Eight bytes from a pointer to uint8, the first of them lowest."""
    return np.uint64(_LITTLE_ENDIAN.unpack_from(text, at)[0])


def _multiply_high(a: Word, b: Word) -> Word:
    """Upper 64 bits of the product of two words."""
    return np.uint64(int(a) * int(b) >> _WORD_BITS)


def _leading_zeros(word: Word) -> Word:
    """Zero bits above the highest one; 64 of zero."""
    return np.uint64(_WORD_BITS - int(word).bit_length())


def _trailing_zeros(word: Word) -> Word:
    """Zero bits below the lowest one; 64 of zero."""
    lowest = int(word) & -int(word)
    return np.uint64(lowest.bit_length() - 1 if lowest else _WORD_BITS)


# --- Compiled: the type of each, and what is emitted for it ------------------------------------


def _typed_pointer(_typing: _Numba, array: _Numba) -> _Numba:
    def emit(context: _Numba, builder: _Numba, signature: _Numba, values: _Numba) -> _Numba:
        return context.make_array(signature.args[0])(context, builder, values[0]).data

    return types.CPointer(array.dtype)(array), emit  # type: ignore[no-untyped-call]


def _typed_load(_typing: _Numba, text: _Numba, _at: _Numba) -> _Numba:
    def emit(_context: _Numba, builder: _Numba, _signature: _Numba, values: _Numba) -> _Numba:
        place = builder.bitcast(builder.gep(values[0], [values[1]]), _WORD.as_pointer())
        return builder.load(place, align=1)

    return types.uint64(text, types.int64), emit


def _typed_multiply_high(_typing: _Numba, _a: _Numba, _b: _Numba) -> _Numba:
    def emit(_context: _Numba, builder: _Numba, _signature: _Numba, values: _Numba) -> _Numba:
        a, b = (builder.zext(value, _WIDE) for value in values)
        high = builder.lshr(builder.mul(a, b), ir.Constant(_WIDE, _WORD_BITS))
        return builder.trunc(high, _WORD)

    return types.uint64(types.uint64, types.uint64), emit


def _typed_leading_zeros(_typing: _Numba, _word: _Numba) -> _Numba:
    def emit(_context: _Numba, builder: _Numba, _signature: _Numba, values: _Numba) -> _Numba:
        return builder.ctlz(values[0], _ANSWER_FOR_ZERO)

    return types.uint64(types.uint64), emit


def _typed_trailing_zeros(_typing: _Numba, _word: _Numba) -> _Numba:
    def emit(_context: _Numba, builder: _Numba, _signature: _Numba, values: _Numba) -> _Numba:
        return builder.cttz(values[0], _ANSWER_FOR_ZERO)

    return types.uint64(types.uint64), emit


COMPILED = not config.DISABLE_JIT  # type: ignore[attr-defined]


def _instruction(plain: _Numba, typed: _Numba) -> _Numba:
    return intrinsic(typed) if COMPILED else plain


pointer = _instruction(_pointer, _typed_pointer)
load = _instruction(_load, _typed_load)
multiply_high = _instruction(_multiply_high, _typed_multiply_high)
leading_zeros = _instruction(_leading_zeros, _typed_leading_zeros)
trailing_zeros = _instruction(_trailing_zeros, _typed_trailing_zeros)
