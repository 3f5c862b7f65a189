"""A real Prometheus server, on the loopback interface."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from tests.servers.server import Server

_PORT = "http"

_REQUEST_TIMEOUT = 10.0

# A proxy of the environment does not reach this machine's loopback interface.
_http = build_opener(ProxyHandler({}))

Samples = list[tuple[dict[str, str], float]]


class Prometheus(Server):
    """A server that scrapes the given targets.

    Parameters
    ----------
    targets : sequence of str
        "host:port" each; ``/metrics`` is scraped, the job is called "tests".
    directory : Path
        Settings, data and output. One server per directory.
    scrape_interval : str
        In Prometheus' form: "200ms". Also the interval at which rules are evaluated.
    rule_files : sequence of Path
        Alerting and recording rules; the alerts that fire are in the series ``ALERTS``.

    Notes
    -----
    Prometheus hands targets to its scraper every 5 s, which cannot be set: the first sample
    is there about 5 s after the start. Rather check several things with one server.

    Examples
    --------
    In a test::

        with Prometheus(["127.0.0.1:8000"], tmp_path) as prometheus:
            prometheus.wait_until("up", lambda samples: [value for _, value in samples] == [1])
    """

    def __init__(
        self,
        targets: Sequence[str],
        directory: Path,
        *,
        scrape_interval: str = "200ms",
        rule_files: Sequence[Path] = (),
    ) -> None:
        self._configuration = _configuration(targets, scrape_interval, rule_files)
        super().__init__("Prometheus", directory, [_PORT])

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://{self._address(_PORT)}"

    def query(self, expression: str) -> Samples:
        """Evaluate an expression now.

        Returns
        -------
        list of (labels, value)
            A sample for each series; a scalar is one sample without labels.

        Raises
        ------
        ValueError
            Prometheus refuses the expression; with its reason.
        """
        answer = self._get("/api/v1/query", {"query": expression})
        if answer["resultType"] == "scalar":
            return [({}, float(answer["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in answer["result"]]

    def wait_until(
        self, expression: str, predicate: Callable[[Samples], object], timeout: float = 30.0
    ) -> Samples:
        """Evaluate an expression until the predicate is true of its samples; return those.

        Raises
        ------
        TimeoutError
            Within `timeout` seconds it never was; with the last samples and what went wrong
            with the targets.
        """
        samples: Samples = []

        def satisfied() -> bool:
            samples[:] = self.query(expression)
            return bool(predicate(samples))

        try:
            self._process.wait_until(satisfied, timeout, f"satisfy the test on {expression!r}")
        except TimeoutError as error:
            error.add_note(f"last samples: {samples}\ntargets: {self._target_errors()}")
            raise
        return samples

    def _command(self) -> list[str]:
        settings = self._directory / "prometheus.yml"
        # JSON is YAML.
        settings.write_text(json.dumps(self._configuration, indent=2), encoding="utf-8")
        return [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={self._directory / 'data'}",
            f"--web.listen-address={self._address(_PORT)}",
            "--log.level=warn",
        ]

    def _is_ready(self) -> bool:
        try:
            with _http.open(f"{self.url}/-/ready", timeout=_REQUEST_TIMEOUT) as response:
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            return False

    def _target_errors(self) -> dict[str, str]:
        active = self._get("/api/v1/targets", {"state": "active"})["activeTargets"]
        return {target["scrapeUrl"]: target["lastError"] or "no error" for target in active}

    def _get(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        url = f"{self.url}{path}?{urlencode(parameters)}"
        try:
            with _http.open(url, timeout=_REQUEST_TIMEOUT) as response:
                return dict(json.load(response)["data"])
        except HTTPError as error:
            raise ValueError(f"Prometheus: {error.read().decode()}") from error


def _configuration(
    targets: Sequence[str], interval: str, rule_files: Sequence[Path]
) -> dict[str, Any]:
    return {
        "global": {
            "scrape_interval": interval,
            # Prometheus wants it no longer than the interval.
            "scrape_timeout": interval,
            "evaluation_interval": interval,
        },
        "rule_files": [str(path.resolve()) for path in rule_files],
        "scrape_configs": [{"job_name": "tests", "static_configs": [{"targets": list(targets)}]}],
    }
