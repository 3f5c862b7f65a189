"""Avro on a real broker with a real registry, by configuration alone."""

import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import fastavro
import msgspec
import pytest
from confluent_kafka import Message

from streamlr import cli
from tests.integration.streams import LABEL, phishing
from tests.servers.apicurio import Apicurio
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker
from tests.servers.ports import HOST, free_ports

README = Path(__file__).parents[2] / "README.md"

UNAVAILABLE = 69

Row = dict[str, Any]


def rows(count: int) -> list[Row]:
    return [msgspec.json.decode(record) for record in phishing(count)]


def definition(row: Row, **more: object) -> dict[str, Any]:
    """A schema for a row's fields, and for those added."""
    types = {name: "boolean" if name == LABEL else "double" for name in row} | more
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return {"type": "record", "name": "Site", "fields": fields}


def framed(schema_id: int, definition: dict[str, Any], row: Mapping[str, object]) -> bytes:
    """A record in the registry's wire format."""
    stream = io.BytesIO(b"\0" + schema_id.to_bytes(4, "big"))
    stream.seek(0, io.SEEK_END)
    fastavro.schemaless_writer(stream, fastavro.parse_schema(definition), row)
    return stream.getvalue()


def as_in_the_readme(url: str) -> dict[str, Any]:
    """The table that the README shows, with this registry's url."""
    blocks = README.read_text("utf-8").split("```toml\n")[1:]
    (text,) = [block for block in blocks if 'type = "avro"' in block]
    decoder: dict[str, Any] = tomllib.loads(text.partition("```")[0])["decoder"]
    decoder["registry"]["url"] = url
    return decoder


def tables(kafka: KafkaBroker, topic: str, url: str | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any table
    where = {"type": "kafka", "bootstrap": kafka.bootstrap}
    decoder = {} if url is None else {"decoder": as_in_the_readme(url)}
    source = {**where, "topic": topic, "stop_at": "end"}
    return {"source": source, "stream": {"label": LABEL}, **decoder, **more}


def run(folder: Path, configuration: dict[str, Any]) -> dict[str, Any]:
    with Daemon(folder, configuration) as daemon:
        assert daemon.run() == 0
        return daemon.events("stopped")[-1]


def headers(message: Message) -> dict[str, str]:
    found: Any = message.headers()
    return {name: value.decode() for name, value in found}


def test_avro_of_several_versions_leaves_the_same_bits_as_json(
    kafka: KafkaBroker, schema_registry: Apicurio, create_topic: CreateTopic, tmp_path: Path
) -> None:
    in_json, in_avro = create_topic(), create_topic()
    kafka.produce(in_json, phishing(1500))
    sites = rows(1500)
    versions = [
        definition(sites[0]),
        definition(sites[0], note=["null", "string"]),
        definition(dict(reversed(sites[0].items())), visits="long", note=["null", "string"]),
    ]
    ids = [schema_registry.register(f"{in_avro}-value", version) for version in versions]
    assert len(set(ids)) == len(versions)
    added = {"note": "never read", "visits": 7}
    values = [
        framed(ids[n // 500], versions[n // 500], {**site, **added}) for n, site in enumerate(sites)
    ]
    kafka.produce(in_avro, values, codec="lz4")
    expected = run(tmp_path / "json", tables(kafka, in_json, None))
    told = run(tmp_path / "avro", tables(kafka, in_avro, schema_registry.url))
    for key in ("records", "rejected", "state", "accuracy", "log_loss"):
        assert told[key] == expected[key], key


def test_what_cannot_be_read_goes_to_the_dead_letters(
    kafka: KafkaBroker, schema_registry: Apicurio, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic, letters = create_topic(), create_topic()
    sites = rows(300)
    good = definition(sites[0])
    turned = {**good, "fields": [{"name": "age_of_domain", "type": {**good, "name": "Inner"}}]}
    good_id = schema_registry.register(f"{topic}-value", good)
    turned_id = schema_registry.register(f"{topic}-turned", turned)
    message = 'syntax = "proto3"; message M { int32 a = 1; }'
    protobuf_id = schema_registry.register_text(f"{topic}-protobuf", message, "PROTOBUF")
    values: list[bytes | None] = [framed(good_id, good, site) for site in sites]
    poison = {
        20: (None, "empty", "tombstone"),
        30: (b'{"is_phishing": true}', "malformed", "as JSON does"),
        40: (framed(good_id, good, sites[0])[:-3], "malformed", f"schema id {good_id}"),
        50: (framed(good_id, good, sites[0]) + b"!", "malformed", "1 bytes are left"),
        60: (framed(999_999, good, sites[0]), "unknown_schema", "schema id 999999"),
        70: (framed(protobuf_id, good, sites[0]), "unusable_schema", "PROTOBUF"),
        180: (framed(turned_id, turned, {"age_of_domain": sites[0]}), "wrong_type",
              "got `object` - at `$.age_of_domain`"),
    }  # fmt: skip
    for offset, (value, _, _) in poison.items():
        values[offset] = value
    kafka.produce(topic, values)
    sink = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": letters}
    told = run(tmp_path / "daemon", tables(kafka, topic, schema_registry.url, dead_letters=sink))
    assert (told["records"], told["rejected"]) == (300 - len(poison), len(poison))
    found = {int(headers(letter)["streamlr.offset"]): letter for letter in kafka.read(letters)}
    assert sorted(found) == sorted(poison)
    for offset, (value, reason, detail) in poison.items():
        assert found[offset].value() == (value or b"")
        assert headers(found[offset])["streamlr.reason"] == reason
        assert detail in headers(found[offset])["streamlr.detail"]


def test_a_registry_that_is_away_is_waited_for(
    kafka: KafkaBroker, own_schema_registry: Apicurio, create_topic: CreateTopic, tmp_path: Path
) -> None:
    """At start, and amid the stream; also across a restart: no record is lost or rejected."""
    registry = own_schema_registry
    with registry:
        url = registry.url
    topic, sites = create_topic(), rows(200)
    first, second = definition(sites[0]), definition(sites[0], note="string")
    folder = tmp_path / "checkpoints"
    configuration = tables(
        kafka, topic, url, checkpoint={"directory": str(folder), "interval_seconds": 0.1}
    )
    configuration["source"]["stop_at"] = "never"
    kafka.produce(topic, [framed(1, first, site) for site in sites])
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        daemon.start()
        why = daemon.wait_for("waiting, records cannot be read now; trying again")["why"]
        assert why.startswith(f"[decoder.registry] url = '{url}': ")
        daemon.suspend()  # a registry that is there without its schema would have records rejected
        registry.start()
        assert registry.register("site", first) == 1
        daemon.go_on()
        daemon.wait_for("ready")
        daemon.wait_until(lambda: records_in(folder) == 200, "learn the first 200 records")
        registry.stop()
        kafka.produce(topic, [framed(2, second, {**site, "note": ""}) for site in sites])
        daemon.wait_until(lambda: waits(daemon) == 2, "wait for the registry once more")
        with urlopen(f"http://127.0.0.1:{daemon.port}/-/healthy") as answer:
            assert answer.status == 200
        assert daemon.stop() == 0
        assert daemon.events("stopped")[-1]["records"] == 200
        registry.start()
        assert [registry.register("site", each) for each in (first, second)] == [1, 2]
        daemon.start()
        daemon.wait_until(lambda: records_in(folder) == 400, "learn the others")
        assert daemon.stop() == 0
        told = daemon.events("stopped")[-1]
        assert (told["records"], told["rejected"]) == (400, 0)


def test_a_range_of_the_topic_is_backtested(
    kafka: KafkaBroker,
    schema_registry: Apicurio,
    topic: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a registry that is away, it says so and ends: a person waits for the result."""
    sites = rows(400)
    written = definition(sites[0])
    schema_id = schema_registry.register(f"{topic}-value", written)
    kafka.produce(topic, [framed(schema_id, written, site) for site in sites])
    (port,) = free_ports(1)
    nobody = f"http://{HOST}:{port}"
    for url, code in ((schema_registry.url, 0), (nobody, UNAVAILABLE)):
        path = tmp_path / "daemon.toml"
        path.write_text(
            f"""
[source]
type = "kafka"
bootstrap = "{kafka.bootstrap}"
topic = "{topic}"
[stream]
label = "{LABEL}"
[decoder]
type = "avro"
registry = {{ url = "{url}" }}
"""
        )
        out = tmp_path / "out.json"
        schedule = ("--schedule", "constant", "--json", str(out))
        assert cli.main(["backtest", "--config", str(path), "--from", "100", *schedule]) == code
    assert json.loads(out.read_text())["runs"][0]["samples"] == 300
    assert f"[decoder.registry] url = '{nobody}'" in capsys.readouterr().err


def records_in(folder: Path) -> int:
    """How many records the newest checkpoint holds; negative when there is none."""
    path = max(folder.glob("streamlr/checkpoint-*.safetensors"), default=None)
    return int(path.stem.rpartition("-")[2]) if path else -1


def waits(daemon: Daemon) -> int:
    return len(daemon.events("waiting, records cannot be read now; trying again"))
