"""A real schema registry: Apicurio, with its data in memory, on the loopback interface.

It offers Confluent's interface below /apis/ccompat/v7. Its distribution comes through Maven, once.
"""

import json
import subprocess
from http import HTTPStatus
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from tests.servers.cache import CACHE, made_once
from tests.servers.server import Server

_VERSION = "2.6.13.Final"  # the last one that runs on Java 17 and is whole on Maven Central
_ARTIFACT = f"io.apicurio:apicurio-registry-app:{_VERSION}:tar.gz:all"
_UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack"
_JAR = f"apicurio-registry-app-{_VERSION}-runner.jar"
_FOLDER = CACHE / "apicurio" / _VERSION

_JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_PORT = "http"
_REQUEST_TIMEOUT = 10.0

# A proxy of the environment does not reach this machine's loopback interface.
_http = build_opener(ProxyHandler({}))


def registry_is_cached() -> bool:
    """Say whether a registry can be started without Maven."""
    return _FOLDER.exists()


class Apicurio(Server):
    """A registry; what is registered is lost when it stops.

    Examples
    --------
    In a test::

        with Apicurio(tmp_path) as registry:
            assert registry.register("orders-value", {"type": "string"}) == 1
    """

    def __init__(self, directory: Path) -> None:
        super().__init__("Apicurio registry", directory, [_PORT])

    @property
    def url(self) -> str:
        """Where it offers Confluent's interface."""
        return f"http://{self._address(_PORT)}/apis/ccompat/v7"

    def register(self, subject: str, schema: object) -> int:
        """Register an Avro schema; return its id."""
        return self.register_text(subject, json.dumps(schema), "AVRO")

    def register_text(self, subject: str, schema: str, type_: str) -> int:
        """Register a schema of any type that the registry knows; return its id."""
        body = json.dumps({"schema": schema, "schemaType": type_}).encode()
        headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        url = f"{self.url}/subjects/{subject}/versions"
        request = Request(url, body, headers)  # noqa: S310 - http, as `url` says
        with _http.open(request, timeout=_REQUEST_TIMEOUT) as answer:
            return int(json.load(answer)["id"])

    def _command(self) -> list[str]:
        jar = made_once(_FOLDER, _unpack) / _JAR
        host, _, port = self._address(_PORT).rpartition(":")
        where = (f"-Dquarkus.http.host={host}", f"-Dquarkus.http.port={port}")
        return ["java", *_JVM, *where, "-jar", str(jar)]

    def _is_ready(self) -> bool:
        try:
            with _http.open(f"{self.url}/subjects", timeout=_REQUEST_TIMEOUT) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False


def _unpack(folder: Path) -> None:
    # --strict-checksums: an archive that does not match its published checksum is an error.
    options = ["-q", "--batch-mode", "--strict-checksums"]
    goal = [_UNPACK, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={folder}"]
    # In that folder: without a project the goal leaves a marker wherever it runs.
    result = subprocess.run(
        ["mvn", *options, *goal], cwd=folder, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise RuntimeError(f"Maven could not fetch Apicurio:\n{result.stdout}{result.stderr}")
