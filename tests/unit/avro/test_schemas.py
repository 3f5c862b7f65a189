"""Schemas are found by the ids that records name, and kept; absent ones are asked for again."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fastavro
import pytest

from streamlr.avro import RefusedError, schemas
from streamlr.avro.schemas import ABSENT_SECONDS, Folder, Schemas
from streamlr.avro.writer import Writer
from streamlr.errors import ConfigurationError, NotNowError


def order(*names: str) -> dict[str, Any]:
    fields = [{"name": name, "type": "long"} for name in names]
    return {"type": "record", "name": "Order", "fields": fields}


def bare(definition: dict[str, Any], **fields: int) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(definition), fields)
    return stream.getvalue()


def framed(schema_id: int, definition: dict[str, Any], **fields: int) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big") + bare(definition, **fields)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Shelf:
    """Schemas by id, which may be away; notes what is asked for."""

    def __init__(self, **kept: object) -> None:
        self.kept = {int(key[1:]): definition for key, definition in kept.items()}
        self.asked: list[int] = []
        self.away = False

    def find(self, schema_id: int) -> Sequence[Any]:
        self.asked.append(schema_id)
        if self.away:
            raise NotNowError("away")
        if schema_id not in self.kept:
            raise RefusedError("unknown_schema", f"no {schema_id}")
        return [self.kept[schema_id]]


A, AB = order("a"), order("a", "b")
FIRST, SECOND = framed(1, A, a=5), framed(2, AB, a=6, b=7)


def reason(known: Schemas, record: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        known.read(record)
    return caught.value.reason


def test_each_record_is_read_with_the_schema_that_wrote_it() -> None:
    known = Schemas(None, Shelf(_1=A, _2=AB).find)
    known.prepare([FIRST, None, b"", SECOND])
    assert [known.read(record)[1] for record in (SECOND, FIRST)] == [{"a": 6, "b": 7}, {"a": 5}]
    assert known.read(FIRST)[0].name == "schema id 1"


def test_a_schema_is_asked_for_once() -> None:
    shelf = Shelf(_1=A)
    known = Schemas(None, shelf.find)
    for _ in range(3):
        known.prepare([FIRST, FIRST])
        known.read(FIRST)
    assert shelf.asked == [1]


def test_who_does_not_prepare_gets_it_all_the_same() -> None:
    assert Schemas(None, Shelf(_1=A).find).read(FIRST)[1] == {"a": 5}


def test_an_unknown_id_is_asked_for_again_after_a_while() -> None:
    shelf, clock = Shelf(), Clock()
    known = Schemas(None, shelf.find, clock=clock)
    for _ in range(3):
        known.prepare([FIRST])
        assert reason(known, FIRST) == "unknown_schema"
    assert shelf.asked == [1]
    shelf.kept[1] = A
    clock.now += ABSENT_SECONDS
    known.prepare([FIRST])
    assert known.read(FIRST)[1] == {"a": 5}
    assert shelf.asked == [1, 1]


def test_what_is_away_is_no_verdict() -> None:
    shelf = Shelf(_1=A)
    shelf.away = True
    known = Schemas(None, shelf.find)
    for _ in range(2):
        with pytest.raises(NotNowError):
            known.prepare([FIRST])
    shelf.away = False
    known.prepare([FIRST])
    assert known.read(FIRST)[1] == {"a": 5}


def test_a_verdict_outlasts_a_time_away() -> None:
    """Between preparing and reading nobody has to be asked."""
    shelf, clock = Shelf(), Clock()
    known = Schemas(None, shelf.find, clock=clock)
    known.prepare([FIRST])
    shelf.away = True
    clock.now += 2 * ABSENT_SECONDS
    assert reason(known, FIRST) == "unknown_schema"


def test_noise_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "_REMEMBERED", 3)
    shelf = Shelf()
    known = Schemas(None, shelf.find)
    for schema_id in range(5):
        known.prepare([framed(schema_id, A, a=0)])
    assert len(known._refused) == 3
    known.prepare([framed(4, A, a=0)])
    assert shelf.asked == [0, 1, 2, 3, 4]


def test_a_schema_that_is_not_avro_rejects_its_records_only() -> None:
    known = Schemas(None, Shelf(_1={"type": "nonsense"}, _2=AB).find)
    known.prepare([FIRST, SECOND])
    assert reason(known, FIRST) == "unusable_schema"
    assert known.read(SECOND)[1] == {"a": 6, "b": 7}


def test_the_next_place_is_asked_for_what_one_does_not_have() -> None:
    near, far = Shelf(_1=A), Shelf(_1=AB, _2=AB)
    known = Schemas(None, near.find, far.find)
    known.prepare([FIRST, SECOND, framed(3, A, a=1)])
    assert (near.asked, far.asked) == ([1, 2, 3], [2, 3])
    assert known.read(SECOND)[1] == {"a": 6, "b": 7}
    assert reason(known, framed(3, A, a=1)) == "unknown_schema"


# --- records without an id --------------------------------------------------------------------


def test_bare_bodies_need_no_id() -> None:
    known = Schemas(Writer("order.avsc", [A]))
    known.prepare([bare(A, a=3)])
    assert known.read(bare(A, a=3))[1] == {"a": 3}
    assert known.read(bare(A, a=0))[1] == {"a": 0}  # a zero byte is a value here


def test_an_id_where_none_is_expected_is_hinted_at() -> None:
    with pytest.raises(RefusedError, match=r"set \[decoder.registry\] url"):
        Schemas(Writer("order.avsc", [A])).read(FIRST)


def test_bare_bodies_may_be_mixed_with_others() -> None:
    shelf = Shelf(_2=AB)
    known = Schemas(Writer("order.avsc", [A]), shelf.find)
    known.prepare([bare(A, a=3), SECOND])
    assert known.read(bare(A, a=3))[1] == {"a": 3}
    assert known.read(SECOND)[1] == {"a": 6, "b": 7}
    assert shelf.asked == [2]


# --- files ------------------------------------------------------------------------------------


def test_a_folder_has_a_file_for_each_id(tmp_path: Path) -> None:
    (tmp_path / "1.avsc").write_text(json.dumps(A))
    (tmp_path / "3.avsc").write_text("no JSON")
    known = Schemas(None, Folder(tmp_path).find)
    known.prepare([FIRST, SECOND, framed(3, A, a=1)])
    assert known.read(FIRST)[1] == {"a": 5}
    assert reason(known, SECOND) == "unknown_schema"
    assert reason(known, framed(3, A, a=1)) == "unusable_schema"


def test_a_folder_that_went_away_is_no_verdict(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    folder.mkdir()
    known = Schemas(None, Folder(folder).find)
    folder.rmdir()
    with pytest.raises(NotNowError, match="schema_folder"):
        known.prepare([FIRST])


def test_a_file_that_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "1.avsc").mkdir()
    with pytest.raises(NotNowError, match="Is a directory"):
        Schemas(None, Folder(tmp_path).find).prepare([FIRST])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[decoder\] schema_folder = '.*none'"):
        Folder(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "why"),
    [(None, "No such file"), ("{", "it is not JSON"), ('{"type": "x"}', "no Avro schema")],
)
def test_a_file_without_a_schema_is_told(tmp_path: Path, text: str | None, why: str) -> None:
    path = tmp_path / "order.avsc"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=why) as caught:
        schemas.of_file(path)
    assert f"[decoder] schema_file = '{path}'" in str(caught.value)
