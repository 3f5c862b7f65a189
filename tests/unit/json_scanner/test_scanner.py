"""A poll in, columns out."""

import os
import subprocess
import sys

import numpy as np
import pytest

from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Schema
from tests.unit.json_scanner.scanning import scan, scanner

GOOD = b'{"a":1,"b":2,"y":3}'


def test_labels_of_all_kinds_keep_their_places() -> None:
    texts = ["1", "2.5", "true", '"x"', "null", "false", "-3", '"y"', '"x"', "1e3"]
    scanned = scan(*[f'{{"y":{text}}}'.encode() for text in texts])
    expected = [1, 2.5, True, "x", None, False, -3, "y", "x", 1000.0]
    assert list(map(repr, scanned.labels)) == list(map(repr, expected))


@pytest.mark.parametrize("text", ["1", "2.5", "true", '"x"', "null"])
def test_labels_may_all_be_alike_but_those_of_bad_records(text: str) -> None:
    good = f'{{"y":{text}}}'.encode()
    (label,) = scan(good).labels
    assert scan(good, good).labels == [label] * 2
    assert scan(good, b"bad", good).labels == [label, None, label]


def test_what_is_not_bytes_is_not_understood() -> None:
    words = memoryview(np.frombuffer(GOOD + b" " * (-len(GOOD) % 8), np.int64).data)
    payload = [GOOD, None, GOOD, b"", words, GOOD.decode(), GOOD]
    scanned = scanner().scan(payload)  # type: ignore[arg-type]
    assert scanned.unread.tolist() == [1, 3, 4, 5]
    assert scanned.labels == [3, None, 3, None, None, None, 3]
    assert scanner().scan([GOOD, words, GOOD]).unread.tolist() == [1]  # type: ignore[list-item]


def test_a_poll_may_be_empty_or_have_no_features() -> None:
    assert scan().values.shape == (0, 2)
    assert scan().labels == []
    assert scan(GOOD, features=()).values.shape == (1, 0)
    assert scan(GOOD, features=()).labels == [3]


def test_polls_share_nothing() -> None:
    first = scan(GOOD, b'{"y":"x"}')
    before = first.values.copy()
    scan(b'{"a":9,"b":8,"y":"z"}', b'{"y":"w","a":7}', GOOD)
    assert np.array_equal(first.values, before, equal_nan=True)
    assert first.labels == [3, "x"]


def test_polls_may_be_long() -> None:
    records = [b'{"a":%d,"b":0.5,"y":%d}' % (row, row % 3) for row in range(3000)]
    scanned = scan(*records)
    assert scanned.values[:, 0].tolist() == list(range(3000))
    assert scanned.labels == [row % 3 for row in range(3000)]


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_another_process_compiles_nothing() -> None:
    Scanner(Schema(("a",), "y"))  # compiled by now, if it was not before
    code = (
        "from streamlr.json_scanner.scanner import Scanner\n"
        "from streamlr.records import Schema\n"
        "scanner = Scanner(Schema(('other', 'fields'), 'of another schema'))\n"
        "print(sum(scanner._scan.stats.cache_misses.values()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
