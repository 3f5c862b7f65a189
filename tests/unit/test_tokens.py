"""Tokens of texts, against a few lines of Python that say the same."""

import itertools
import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import category_codes, tokens
from streamlr.records import Schema, Tokenising
from streamlr.tokens import Tokeniser

MOST = 40

HOW = [Tokenising(1, (0, 0), MOST), Tokenising(2, (0, 0), MOST), Tokenising(2, (2, 4), MOST)]
TOKENISERS = {how: Tokeniser(Schema((), "y", texts=("a", "b"), tokenising=how)) for how in HOW}


def words(text: str) -> list[str]:
    """As the page of documentation says it."""
    marked = [
        tokens.folded(c) if c.isalnum() or unicodedata.category(c).startswith("M") else " "
        for c in text
    ]
    return "".join(marked).split()


def expected(text: str, field: str, how: Tokenising) -> list[float]:
    of_words, of_pieces = category_codes.seed(field), category_codes.seed(f"{field}\0")
    found: list[float] = []
    before = ""
    for word in words(text):
        found.append(category_codes.code(word, of_words))
        if how.words > 1 and before:
            found.append(category_codes.code(f"{before} {word}", of_words))
        before = word
        if how.characters[1]:
            found += [category_codes.code(piece, of_pieces) for piece in pieces(word, how)]
    return list(dict.fromkeys(found))[: how.most]


def pieces(word: str, how: Tokenising) -> list[str]:
    least, longest = how.characters
    spaced = f" {word} "
    return [
        spaced[left : left + size]
        for left, size in itertools.product(range(len(spaced)), range(least, longest + 1))
        if left + size <= len(spaced)
    ]


def read(text: str, how: Tokenising = HOW[0]) -> list[float]:
    found: list[float] = TOKENISERS[how].of_texts([[text, None]]).code.tolist()
    return found


def codes(*found: str, field: str = "a") -> list[float]:
    return [category_codes.code(word, category_codes.seed(field)) for word in found]


def test_words_are_folded_and_split_at_what_is_no_letter_or_digit() -> None:
    assert read("Don't PANIC, it's 42\n") == codes("don", "t", "panic", "it", "s", "42")


def test_any_script() -> None:
    assert read("Ünï ΣΑΣ σας हिन्दी Straße 日本語") == codes(
        "ünï", "σασ", "हिन्दी", "straße", "日本語"
    )


def test_a_word_counts_once_in_a_text_and_again_in_another_field() -> None:
    found = TOKENISERS[HOW[0]].of_texts([["to be or not to be", "to be"], [None, ""]])
    assert found.span.tolist() == [[0, 4, 6], [6, 6, 6]]
    assert found.code.tolist() == codes("to", "be", "or", "not") + codes("to", "be", field="b")


def test_no_more_tokens_are_read_than_asked_for() -> None:
    text = " ".join(f"w{number}" for number in range(3 * MOST))
    assert read(text) == codes(*text.split()[:MOST])
    for how in HOW:
        assert len(read(text, how)) == MOST


def test_of_a_long_text_its_beginning_is_read_and_the_next_one_is_whole() -> None:
    long = " ".join(f"w{number}" for number in range(1_300_000))
    assert len(long) > 10_000_000
    for how, tokeniser in TOKENISERS.items():
        found = tokeniser.of_texts([[long, "to be"], [None, None]])
        assert found.code[:MOST].tolist() == expected(long[: 20 * MOST], "a", how)
        assert found.code[MOST:].tolist() == expected("to be", "b", how)


@given(
    text=st.text(st.sampled_from("aZ9é ÅßΣσςİ-_\\日\u0301\U00010400\U0001f600"), max_size=80)
    | st.text(max_size=60)
    | st.from_regex(re.compile(r"[a-zA-Z0-9 .]{0,90}", re.ASCII), fullmatch=True),
    how=st.sampled_from(HOW),
)
@settings(max_examples=150, deadline=None)
def test_it_is_what_a_few_lines_of_python_say(text: str, how: Tokenising) -> None:
    assert read(text, how) == expected(text, "a", how)
