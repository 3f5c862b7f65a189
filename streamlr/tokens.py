"""Tokens: what a text is to a model, as codes that are the same on every machine.

A word is a run of letters, digits and the marks that combine with them, of any script, its letters
folded to small ones; all else stands between words. If asked for, a word and the next one are a
token too, and so are pieces of words, of so many characters, a space before and behind the word
counted in: they know a word by its parts, and serve scripts that put no spaces. A token that comes
again in a text counts once. Of a text so many different tokens are read as ``most`` says, from its
beginning; the rest is not.

A word's code is that of a categorical value (:mod:`streamlr.category_codes`) of its field.

References
----------
Weinberger et al. (2009), "Feature hashing for large scale multitask learning"; Bojanowski et al.
(2017), "Enriching word vectors with subword information", section 3.2, for pieces of words.
"""

import functools
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from streamlr import category_codes, compiling
from streamlr.compiling import compiled, inlined
from streamlr.json_scanner import instructions, strings
from streamlr.json_scanner.instructions import Pointer, Word, load, pointer
from streamlr.json_scanner.words import PADDING, ZERO, letters_or_digits
from streamlr.records import Schema, Tokens

_POINTS = 0x32400  # characters beyond stand between words: none of a script is there yet
_WORD = 8
_FREE, _ESCAPED = -1, -1
_ASCII, _SPACE, _BACKSLASH = 0x80, 32, 92
_THREE_BYTES, _FOUR_BYTES, _FOLLOWS = 0xE0, 0xF0, 0x80


class Plan(NamedTuple):
    """What to make of texts.

    Attributes
    ----------
    seeds, pieces : uint64 [texts]
        What tells the codes of a field's words, and of pieces of them, from all others.
    pairs : int
        Whether neighbours are tokens.
    least, longest : int
        Characters of pieces; 0: there are none.
    most : int
        Different tokens of a text.
    """

    seeds: Any
    pieces: Any
    pairs: int
    least: int
    longest: int
    most: int


class Space(NamedTuple):
    """To work in.

    Attributes
    ----------
    slots : int64 [a power of two, four times the most tokens]
        Places of the tokens met in a text.
    spelled : uint8
        A text whose escapes are spelled out.
    folded : uint8
        Its words with small letters, a space before and behind each.
    """

    slots: Any
    spelled: Any
    folded: Any


class Tokeniser:
    """Reads the texts of one schema; one thread at a time.

    Notes
    -----
    Compiled here, or loaded from the cache, so that the first record need not wait.
    """

    def __init__(self, schema: Schema) -> None:
        how = schema.tokenising
        self._texts = len(schema.texts)
        self._how = how
        self._plan = Plan(
            seeds=np.array([category_codes.seed(name) for name in schema.texts], np.uint64),
            pieces=np.array([category_codes.seed(f"{name}\0") for name in schema.texts], np.uint64),
            pairs=int(how.words > 1),
            least=how.characters[0],
            longest=how.characters[1],
            most=how.most,
        )
        self._slots = np.empty(1 << (4 * how.most - 1).bit_length(), np.int64)
        self._read: Callable[..., int] = compiling.fuse(tokenise, _STAGES)
        if not instructions.COMPILED:  # words wrap around, of which NumPy would warn
            self._read = np.errstate(over="ignore")(self._read)
        self.of_texts([])

    def of_texts(self, records: Iterable[Sequence[str | None]]) -> Tokens:
        """Tokens of texts as Python holds them: those of a record in the schema's order."""
        encoded = [[(text or "").encode() for text in texts] for texts in records]
        length = np.array([[len(text) for text in texts] for texts in encoded], np.int64)
        length = length.reshape(len(encoded), self._texts)
        start = (np.cumsum(length) - length.ravel()).reshape(length.shape)
        joined = b"".join([*(text for texts in encoded for text in texts), bytes(PADDING)])
        return self.of_bytes(np.frombuffer(joined, np.uint8), start, length, escaped=False)

    def of_bytes(
        self, text: np.ndarray, start: np.ndarray, length: np.ndarray, *, escaped: bool
    ) -> Tokens:
        """Tokens of pieces of a text.

        Parameters
        ----------
        text : uint8
            Valid UTF-8 where the pieces are, and padding.
        start, length : int64 [records, texts]
            Where each is; of no length where there is none.
        escaped
            Whether a backslash means what it does in JSON.
        """
        records = len(start)
        longest = int(length.max(initial=0))
        space = Space(
            slots=self._slots,
            spelled=np.empty(longest + PADDING, np.uint8),
            folded=np.empty(2 * longest + PADDING, np.uint8),
        )
        code = np.empty(self._room(length))
        tokens = Tokens(np.zeros((records, self._texts + 1), np.int64), code)
        count = self._read(text, start, length, int(escaped), self._plan, letters(), space, tokens)
        return Tokens(tokens.span, code[:count].copy())

    def _room(self, length: np.ndarray) -> int:
        """The most tokens that texts of these lengths have."""
        how = self._how
        sizes = how.characters[1] - how.characters[0] + 1 if how.characters[1] else 0
        most = (1 + sizes) * length.sum() + sizes * length.size
        return int(min(most, length.size * how.most))


@functools.cache
def letters() -> np.ndarray:
    """What each character is folded to, by code point; 0 where it stands between words."""
    table = np.zeros(_POINTS, np.uint32)
    for point in range(_POINTS):
        character = chr(point)
        if character.isalnum() or unicodedata.category(character)[0] == "M":
            table[point] = ord(folded(character))
    return table


def folded(character: str) -> str:
    """A character as a word has it: one for one, so that no word grows."""
    small = character.casefold()
    return small if len(small) == 1 else character.lower()[0]


def tokenise(
    text: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    escaped: int,
    plan: Plan,
    table: np.ndarray,
    space: Space,
    out: Tokens,
) -> int:
    """Fill ``out``; how many tokens there are is returned. A template.

    Parameters are those of :meth:`Tokeniser.of_bytes`.
    """
    written, fold, codes = pointer(text), pointer(table), pointer(out.code)
    bare = Space(pointer(space.slots), pointer(space.spelled), pointer(space.folded))
    mask, most = len(space.slots) - 1, len(space.spelled) - PADDING
    for slot in range(len(space.slots)):
        bare.slots[slot] = _FREE
    count = ZERO
    for row in range(start.shape[0]):
        for field in range(start.shape[1]):
            out.span[row, field] = count
            if length[row, field] == 0:
                continue
            seeds = plan.seeds[field], plan.pieces[field]
            first, end = start[row, field], start[row, field] + length[row, field]
            after = read(written, first, end, escaped, seeds, plan, fold, bare, mask, codes, count)
            if after == _ESCAPED:
                end = strings.unescape(written, first, end, bare.spelled, most)
                after = read(
                    bare.spelled, ZERO, end, 0, seeds, plan, fold, bare, mask, codes, count
                )
            count = after
        out.span[row, start.shape[1]] = count
    return count


@compiled
def read(
    text: Pointer,
    at: int,
    end: int,
    escaped: int,
    seeds: tuple[Word, Word],
    plan: Plan,
    fold: Pointer,
    space: Space,
    mask: int,
    codes: Pointer,
    first: int,
) -> int:
    """Append the tokens of a text to ``codes``; where they end is returned, or ESCAPED."""
    words_alone = plan.pairs == 0 and plan.longest == 0
    count, full = first, first + plan.most
    before, filled = ZERO, ZERO + 1  # in the folded text: the word before, and where it ends
    space.folded[0] = _SPACE
    while at < end and count < full:
        word = load(text, at)
        length = min(letters_or_digits(word), end - at)
        if length == 0 and text[at] < _ASCII:
            if escaped > 0 and text[at] == _BACKSLASH:
                return _ESCAPED
            at += 1
            continue
        # most words: one load, and no need to write them down
        if (
            words_alone
            and 0 < length < _WORD
            and (at + length == end or text[at + length] < _ASCII)
        ):
            code = category_codes.of_small_letters(word, length, seeds[0])
            count = _entered(code, first, count, space.slots, mask, codes)
            at += length
            continue
        here = filled
        at, filled = _write(text, at, end, fold, space.folded, here)
        if filled == here:
            continue
        code = category_codes.of_text(space.folded, here, filled - here, seeds[0])
        count = _entered(code, first, count, space.slots, mask, codes)
        if words_alone:
            filled = here
            continue
        if plan.pairs > 0 and before > 0 and count < full:
            code = category_codes.of_text(space.folded, before, filled - before, seeds[0])
            count = _entered(code, first, count, space.slots, mask, codes)
        space.folded[filled] = _SPACE
        filled += 1
        before = here
        if plan.longest > 0:
            count = _pieces(
                space, here - 1, filled, plan, seeds[1], mask, codes, first, count, full
            )
    return count


@inlined
def _entered(code: float, first: int, count: int, slots: Pointer, mask: int, codes: Pointer) -> int:
    """Append a token, unless it is among those from ``first`` on; where they end is returned."""
    slot = np.int64(code) & mask
    at = slots[slot]
    while first <= at < count:
        if codes[at] == code:
            return count
        slot = (slot + 1) & mask
        at = slots[slot]
    slots[slot] = count
    codes[count] = code
    return count + 1


@compiled
def _write(
    text: Pointer, at: int, end: int, fold: Pointer, folded: Pointer, filled: int
) -> tuple[int, int]:
    """Write a word down; where it ends, in the text and as it is written.

    What stands between words, if there is no word, is passed by one character.
    """
    start = filled
    while at < end:
        point, after = _character(text, at)
        letter = fold[point] if point < _POINTS else np.uint32(0)
        if letter == 0:
            return (after if filled == start else at), filled
        filled = strings.encode(int(letter), folded, filled)
        at = after
    return at, filled


@inlined
def _character(text: Pointer, at: int) -> tuple[int, int]:
    """Code point of a character, and where it ends."""
    first: int = np.int64(text[at])  # type: ignore[assignment]
    if first < _ASCII:
        return first, at + 1
    following = 1 if first < _THREE_BYTES else 2 if first < _FOUR_BYTES else 3
    point = first & (0x3F >> following)
    for place in range(1, following + 1):
        point = point << 6 | int(text[at + place] & 0x3F)
    return point, at + following + 1


@compiled
def _pieces(
    space: Space,
    start: int,
    end: int,
    plan: Plan,
    seed: Word,
    mask: int,
    codes: Pointer,
    first: int,
    count: int,
    full: int,
) -> int:
    """Append the pieces of a word that is written down with its spaces."""
    for left in range(start, end):
        if _is_within(space.folded, left):
            continue
        right, size = left, 0
        while right < end and size < plan.longest:
            right += 1
            while right < end and _is_within(space.folded, right):
                right += 1
            size += 1
            if size >= plan.least:
                if count == full:
                    return count
                code = category_codes.of_text(space.folded, left, right - left, seed)
                count = _entered(code, first, count, space.slots, mask, codes)
    return count


@inlined
def _is_within(text: Pointer, at: int) -> bool:
    """Whether a byte is one of a character, and not its first."""
    return text[at] & 0xC0 == _FOLLOWS  # type: ignore[no-any-return]


_STAGES = {
    "category_codes": category_codes,
    "instructions": instructions,
    "strings": strings,
}
