"""Texts, and the numbers of their words that they are drawn as."""

import json

import numpy as np

from simulators import make
from simulators.encoding import csv, ndjson


def test_a_record_is_a_text_and_its_label() -> None:
    stream = make("topics", 3, words=5, vocabulary=100)
    features, labels = stream.rows(0, 200)
    records = [json.loads(record) for record in ndjson(stream).encode(features, labels)]
    assert [list(record) for record in records] == 200 * [["text", "target"]]
    lengths = [len(record["text"].split()) for record in records]
    assert lengths == (features >= 0).sum(axis=1).tolist()
    assert 4 < np.mean(lengths) < 6
    lines = [record.decode() for record in csv(stream).encode(features, labels)]
    assert csv(stream).header == b"text,target"
    assert lines == [f'"{record["text"]}",{record["target"]}' for record in records]


def test_every_word_has_a_spelling_of_its_own() -> None:
    texts = make("topics", vocabulary=6_000).written(list(map(float, range(6_000))))[0]
    words = texts.split() if isinstance(texts, str) else []
    assert len(set(words)) == 6_000


def test_common_words_of_the_topics_tell_them_apart_until_they_change() -> None:
    stream = make("topics", drift_every=4_096, vocabulary=200, telling=0.5, noise=0)

    def apart(start: int) -> np.ndarray:
        features, labels = stream.rows(start, start + 2_048)
        counts = [
            np.bincount(features[labels == y][:, 0].astype(int), minlength=200) for y in (0, 1)
        ]
        return counts[1] - counts[0]

    before, later, after = apart(0), apart(2_048), apart(4_096)
    assert np.corrcoef(before, later)[0, 1] > 0.9
    assert abs(np.corrcoef(before, after)[0, 1]) < 0.5
