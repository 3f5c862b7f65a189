"""Texts of two topics, whose words are others at each change point."""

from itertools import product
from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.draws import Purpose, generator
from simulators.label_noise import flipped
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Integers, Stream, row_numbers

_NO_WORD = -1.0
_SPREAD = 2.0  # a text is at most so many times as long as the average one
_SYLLABLES = [first + second for first, second in product("bdfgklmnprstvz", "aeiou")]


class Config(Options):
    """How many words, how telling they are, and how often they change."""

    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="texts from one change point to the next")
    ] = 10_000
    vocabulary: Annotated[int, Field(ge=10, le=1_000_000, description="different words")] = 20_000
    words: Annotated[int, Field(ge=1, le=10_000, description="words of a text, on average")] = 40
    telling: Annotated[
        float, Field(ge=0, le=1, description="share of words that are of the text's own topic")
    ] = 0.2
    noise: Annotated[
        float, Field(ge=0, le=0.5, description="probability that a label is flipped")
    ] = 0.05


class Simulator(Stream):
    """Label 1 where a text is of the second topic.

    Words are drawn by Zipf's law: the k-th commonest with a chance in proportion to 1/k. Most are
    the language's; some are of the topic, which has an order of its own in which the same words are
    common. Each change point brings two new topics. A row holds the numbers of a text's words, -1
    behind the last; written down it is the text.

    References
    ----------
    Zipf (1935), "The psycho-biology of language".
    """

    def __init__(self, config: Config, seed: int) -> None:
        self._longest = int(_SPREAD * config.words)
        super().__init__(seed, features=self._longest, drift_every=config.drift_every)
        self._config = config
        chance = 1.0 / np.arange(1.0, config.vocabulary + 1.0)
        self._below = np.cumsum(chance / chance.sum())
        self._spelled = [spelled(number) for number in range(config.vocabulary)]

    @property
    def field_names(self) -> tuple[str, ...]:
        """Of a record as it is written."""
        return ("text",)

    def written(self, row: list[float]) -> list[str]:
        """The text."""
        return [" ".join(self._spelled[int(word)] for word in row if word >= 0.0)]

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw topics, lengths, words of the language and of the topics, then which labels flip."""
        config, random = self._config, generator(self.seed, Purpose.ROWS, number)
        topic = random.integers(0, 2, BLOCK_ROWS)
        length = np.clip(random.poisson(config.words, BLOCK_ROWS), 1, self._longest)
        shape = BLOCK_ROWS, self._longest
        rank = np.searchsorted(self._below, random.random(shape) * self._below[-1], side="right")
        is_telling = random.random(shape) < config.telling
        words = rank.astype(np.float64)
        concepts = row_numbers(number) // self.drift_every
        for concept in np.unique(concepts).tolist():
            orders = generator(self.seed, Purpose.CONCEPT, concept)
            for which in (0, 1):
                order = orders.permutation(config.vocabulary)
                own = is_telling & ((concepts == concept) & (topic == which))[:, None]
                words[own] = order[rank[own]]
        words[np.arange(self._longest) >= length[:, None]] = _NO_WORD
        return words, flipped(topic, config.noise, random)


def spelled(number: int) -> str:
    """A word by its number: the first ones are short.

    Examples
    --------
    >>> [spelled(number) for number in (0, 1, 69, 70, 5000)]
    ['ba', 'be', 'zu', 'baba', 'babama']
    """
    word, left = "", number + 1
    while left:
        left, syllable = divmod(left - 1, len(_SYLLABLES))
        word = _SYLLABLES[syllable] + word
    return word
