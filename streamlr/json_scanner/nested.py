"""Values that nothing is read of, lists and objects among them: they must be valid all the same."""

from streamlr.compiling import compiled
from streamlr.json_scanner import numerals, strings
from streamlr.json_scanner.instructions import Pointer
from streamlr.json_scanner.marks import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    NO_WORD,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    skip_space,
    word,
)

INVALID = -1
DEEPEST = 62
"""Levels of nesting that are followed: one bit each."""


@compiled
def skip(text: Pointer, at: int) -> int:
    """Return where the value that begins here ends, or INVALID."""
    depth = 0
    objects = 0  # a bit a level, the innermost lowest: 1 for an object, 0 for a list
    while True:
        # a value
        mark = text[at]
        if mark in (OPEN_LIST, OPEN_OBJECT):
            if depth == DEEPEST:
                return INVALID
            depth += 1
            objects = objects << 1 | (mark == OPEN_OBJECT)
            at = skip_space(text, at + 1)
            if text[at] != (CLOSE_OBJECT if mark == OPEN_OBJECT else CLOSE_LIST):
                if mark == OPEN_OBJECT:
                    at = _skip_key(text, at)
                    if at == INVALID:
                        return INVALID
                continue
        else:
            at = _skip_scalar(text, at)
            if at == INVALID:
                return INVALID

        # what it closes, and what comes next
        while depth > 0:
            at = skip_space(text, at)
            mark = text[at]
            within_object = objects & 1 == 1
            if mark == COMMA:
                at = skip_space(text, at + 1)
                if within_object:
                    at = _skip_key(text, at)
                    if at == INVALID:
                        return INVALID
                break
            if mark != (CLOSE_OBJECT if within_object else CLOSE_LIST):
                return INVALID
            depth -= 1
            objects >>= 1
            at += 1
        if depth == 0:
            return at


@compiled
def _skip_scalar(text: Pointer, at: int) -> int:
    if text[at] == QUOTE:
        return strings.skip(text, at + 1)
    after, which = word(text, at)
    if which != NO_WORD:
        return after
    after, kind, _, _, _ = numerals.parse(text, at)
    return after if kind != numerals.NO_NUMBER else INVALID


@compiled
def _skip_key(text: Pointer, at: int) -> int:
    """Skip a key, its colon and the space around it."""
    if text[at] != QUOTE:
        return INVALID
    at = strings.skip(text, at + 1)
    if at == INVALID:
        return INVALID
    at = skip_space(text, at)
    if text[at] != COLON:
        return INVALID
    return skip_space(text, at + 1)
