"""Fields are found by name, however the name is written."""

import json

from hypothesis import assume, example, given
from hypothesis import strategies as st

from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Schema
from tests.unit.json_scanner.scanning import scan

ENCODABLE = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\')
NAMES = st.text(ENCODABLE, max_size=20)


def spelled(name: str) -> bytes:
    """Return a name with an escape for each of its characters."""
    units = name.encode("utf-16-be").hex()
    return b"".join(b"\\u" + units[at : at + 4].encode() for at in range(0, len(units), 4))


@given(st.lists(NAMES, min_size=2, max_size=30, unique=True))
@example(["", "a", "ab"])
@example(["größe", "größ", "日本", "😀"])
@example(["12345678", "1234567", "123456789", "1234567812345678", "12345678123456789"])
def test_any_names(names: list[str]) -> None:
    *features, label = names
    assume(label)  # of no name there is none
    values = {name: place + 0.5 for place, name in enumerate(features)}
    plain = json.dumps(values, ensure_ascii=False).encode()
    ascii_only = json.dumps(values).encode()
    escaped = b"{%b}" % b",".join(b'"%b":%d.5' % (spelled(n), p) for p, n in enumerate(features))
    backwards = json.dumps(dict(reversed(values.items()))).encode()
    labelled = json.dumps({label: 3}).encode()
    scanned = Scanner(Schema(tuple(features), label)).scan(
        [plain, ascii_only, escaped, backwards, plain, labelled]
    )
    assert len(scanned.unread) == 0
    assert scanned.values[:5].tolist() == [list(values.values())] * 5
    assert scanned.labels == [None] * 5 + [3]


@given(st.lists(NAMES, min_size=1, max_size=30, unique=True))
@example([""])
def test_without_a_label_no_key_is_one(names: list[str]) -> None:
    values = {name: place + 0.5 for place, name in enumerate(names)}
    others = {"": {"a": [1]}, "label": 3} | values
    scanned = Scanner(Schema(tuple(names), "")).scan(
        [json.dumps(record).encode() for record in (values, others)]
    )
    assert len(scanned.unread) == 0
    assert scanned.values.tolist() == [list(values.values())] * 2
    assert scanned.labels == [None, None]


def test_a_thousand_fields_in_any_order() -> None:
    names = tuple(f"sensor_{place:04}_reading" for place in range(1000))
    values = {name: float(place) for place, name in enumerate(names)}
    backwards = dict(reversed(values.items()))
    others = {f"x{name}": 9 for name in names}
    records = (values, backwards, others | values, others)
    scanned = scan(*[json.dumps(record).encode() for record in records], features=names)
    assert len(scanned.unread) == 0
    assert scanned.values[:3].tolist() == [list(range(1000))] * 3
    assert scanned.values[3].tolist() != scanned.values[3].tolist()  # all NaN


def test_what_is_nearly_a_name_is_none() -> None:
    near = ["", "temp", "temperatur", "temperature1", "Temperature"]
    near += ["temperatur\\u0066", "temperature\\u0000", "temperature\\ud83d\\ude00"]
    records = [b'{"temperature":1,"%b":2}' % name.encode() for name in near]
    assert scan(*records, features=("temperature",)).values.tolist() == [[1.0]] * len(near)
