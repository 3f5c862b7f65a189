"""What a registry may answer, and what is made of it; on a stand-in that answers as it is told."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from streamlr.avro import RefusedError
from streamlr.avro.registry import Registry, RegistryConfig
from streamlr.errors import ConfigurationError, NotNowError, UnavailableError
from tests.servers.kafka.certificates import make_certificates
from tests.servers.ports import free_ports
from tests.servers.registry_stand_in import Answer, RegistryStandIn, registry_stand_in, schema
from tests.servers.requirements import require_openssl

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "a", "type": "int"}]}


@pytest.fixture
def server() -> Iterator[RegistryStandIn]:
    with registry_stand_in() as running:
        yield running


def config(**keys: object) -> RegistryConfig:
    return RegistryConfig.model_validate(keys, strict=False)


def registry(server: RegistryStandIn, **keys: object) -> Registry:
    return Registry(config(url=server.url, **keys))


# --- answers ----------------------------------------------------------------------------------


def test_a_schema_is_found_by_its_id(server: RegistryStandIn) -> None:
    server.answers["/schemas/ids/7"] = schema(ORDER)
    assert registry(server).find(7) == [ORDER]


def test_a_slash_at_the_end_of_the_url_does_no_harm(server: RegistryStandIn) -> None:
    server.answers["/apis/schemas/ids/7"] = schema(ORDER)
    assert Registry(config(url=f"{server.url}/apis/")).find(7) == [ORDER]


def test_what_a_schema_refers_to_comes_before_it_once(server: RegistryStandIn) -> None:
    country = {"type": "enum", "name": "Country", "symbols": ["NO"]}
    refers: Any = [{"name": "Country", "subject": "a/b", "version": 3}]
    address = {"type": "record", "name": "Address", "fields": []}
    server.answers["/subjects/a%2Fb/versions/3"] = schema(country)
    server.answers["/subjects/address/versions/1"] = schema(address, references=refers)
    both = [{"name": "Address", "subject": "address", "version": 1}, *refers]
    server.answers["/schemas/ids/7"] = schema(ORDER, references=both)
    assert registry(server).find(7) == [country, address, ORDER]


def test_an_id_that_is_not_there_is_unknown(server: RegistryStandIn) -> None:
    with pytest.raises(RefusedError) as caught:
        registry(server).find(7)
    assert caught.value.reason == "unknown_schema"
    assert "schema id 7" in caught.value.detail
    assert server.url in caught.value.detail


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (schema("{}", schemaType="PROTOBUF"), "not of Avro, but of PROTOBUF"),
        (Answer(200, b'{"schema": "syntax = proto3"}'), "not JSON"),
    ],
)
def test_a_schema_that_is_not_avro_is_unusable(
    server: RegistryStandIn, answer: Answer, why: str
) -> None:
    server.answers["/schemas/ids/7"] = answer
    with pytest.raises(RefusedError) as caught:
        registry(server).find(7)
    assert caught.value.reason == "unusable_schema"
    assert why in caught.value.detail


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(500, b"down"), "HTTP 500"),
        (Answer(503, b'{"error_code":50301}'), "HTTP 503"),
        (Answer(429, b""), "HTTP 429"),
        (Answer(404, b"<html>no such page</html>"), "is it the url of a registry"),
        (Answer(404, b'{"error_code":404,"message":"HTTP 404 Not Found"}'), "/apis/ccompat/v7"),
        (Answer(200, b"<html>welcome</html>"), "no registry's answer"),
        (Answer(200, b'{"schema": 7}'), "no registry's answer"),
    ],
)
def test_what_no_registry_says_is_no_verdict_on_the_record(
    server: RegistryStandIn, answer: Answer, why: str
) -> None:
    """A proxy's page must not send a whole stream to the dead letters."""
    server.answers["/schemas/ids/7"] = answer
    with pytest.raises(NotNowError) as caught:
        registry(server).find(7)
    assert why in str(caught.value)
    assert f"[decoder.registry] url = '{server.url}'" in str(caught.value)


def test_nobody_there_is_told(server: RegistryStandIn) -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotNowError, match="refused"):
        Registry(config(url=f"http://127.0.0.1:{port}")).find(1)


# --- login ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_that_is_refused_is_told(server: RegistryStandIn, status: int) -> None:
    server.answers["/schemas/ids/7"] = Answer(status, b"")
    with pytest.raises(UnavailableError, match="nobody without a login") as caught:
        registry(server).find(7)
    assert not isinstance(caught.value, NotNowError)
    with pytest.raises(UnavailableError, match="this login") as caught:
        registry(server, token="secret").find(7)
    assert "secret" not in str(caught.value)


def test_who_logs_in_shows_it(server: RegistryStandIn, tmp_path: Path) -> None:
    server.answers["/schemas/ids/7"] = schema(ORDER)
    (tmp_path / "password").write_text("pässword\n")
    (tmp_path / "token").write_text("abc\n")
    logins: list[dict[str, object]] = [
        {},
        {"username": "alice", "password": "pässword"},
        {"username": "alice", "password_file": tmp_path / "password"},
        {"token": "abc"},
        {"token_file": tmp_path / "token"},
    ]
    for keys in logins:
        registry(server, **keys).find(7)
    basic = f"Basic {base64.b64encode('alice:pässword'.encode()).decode()}"
    told = [asked.authorization for asked in server.asked]
    assert told == [None, basic, basic, "Bearer abc", "Bearer abc"]


def test_a_login_does_not_follow_a_redirect(server: RegistryStandIn) -> None:
    with registry_stand_in() as other:
        other.answers["/elsewhere"] = schema(ORDER)
        moved = {"Location": f"{other.url}/elsewhere"}
        server.answers["/schemas/ids/7"] = Answer(302, b"", moved)
        assert registry(server, token="secret").find(7) == [ORDER]
        assert [asked.authorization for asked in other.asked] == [None]


def test_who_is_trusted_is_said(tmp_path: Path) -> None:
    require_openssl()
    certificates = make_certificates(tmp_path)
    with registry_stand_in(certificates) as server:
        server.answers["/schemas/ids/7"] = schema(ORDER)
        assert registry(server, ca_file=certificates.authority).find(7) == [ORDER]
        for stranger in (None, certificates.stranger):
            with pytest.raises(NotNowError, match="CERTIFICATE_VERIFY_FAILED"):
                registry(server, ca_file=stranger).find(7)


# --- configuration ----------------------------------------------------------------------------

HTTPS = "https://localhost"


@pytest.mark.parametrize(
    ("keys", "key", "why"),
    [
        ({}, "url", "required"),
        ({"url": "localhost:8081"}, "url", "must begin with https:// or http://"),
        ({"url": "https://alice:hunter2@host"}, "url", "set username and password_file"),
        ({"url": "alice:hunter2@host"}, "url", "set username and password_file"),
        ({"url": "http://host", "ca_file": "ca.pem"}, "ca_file", "https://"),
        ({"url": HTTPS, "username": "alice"}, "password_file", "or password"),
        ({"url": HTTPS, "password": "hunter2"}, "password_file", "needs a username"),
        ({"url": HTTPS, "password_file": "p"}, "password_file", "needs a username"),
        ({"url": HTTPS, "username": "a", "password": "hunter2", "password_file": "p"},
         "password_file", "keep one"),
        ({"url": HTTPS, "username": "a", "password": "hunter2", "token": "hunter2"},
         "token_file", "keep one"),
        ({"url": HTTPS, "username": "a", "password": "hunter2", "token_file": "t"}, "token_file",
         "keep one"),
        ({"url": HTTPS, "token": "hunter2", "token_file": "t"}, "token_file", "keep one"),
        ({"url": HTTPS, "password": 7, "username": "a"}, "password", "string"),
        ({"url": HTTPS, "timeout_seconds": 0}, "timeout_seconds", "greater than 0"),
    ],
)  # fmt: skip
def test_keys_that_contradict_are_told(keys: dict[str, Any], key: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        config(**keys)
    (fault,) = caught.value.errors()
    assert fault["loc"] == (key,)
    assert why in fault["msg"]
    assert "hunter2" not in str(fault["input"])


def test_a_secret_is_not_shown() -> None:
    assert "hunter2" not in repr(config(url=HTTPS, token="hunter2"))


@pytest.mark.parametrize("key", ["password_file", "token_file"])
def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path, key: str) -> None:
    login = {"username": "alice"} if key == "password_file" else {}
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path / "empty", "it is empty")):
        (tmp_path / "empty").touch()
        given = {"url": HTTPS, **login, key: path}
        with pytest.raises(ConfigurationError, match=why) as caught:
            Registry(config(**given))
        assert f"[decoder.registry] {key} = '{path}'" in str(caught.value)


def test_an_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_text("rubbish")
    for name, why in (("none", "No such file"), ("rubbish", "not a usable PEM file")):
        with pytest.raises(ConfigurationError, match=why):
            Registry(config(url=HTTPS, ca_file=tmp_path / name))
