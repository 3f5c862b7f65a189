"""The broker's jars, through Maven, once per version of `pom.xml`."""

import hashlib
import subprocess
from pathlib import Path

from tests.servers.cache import CACHE, made_once

_POM = Path(__file__).with_name("pom.xml")


def version_folder() -> Path:
    """Return the cache folder for everything that depends on the pinned versions."""
    return CACHE / "kafka" / hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]


def jars_are_cached() -> bool:
    """Say whether a broker can be started without Maven."""
    return _folder().exists()


def class_path() -> str:
    """Return the broker's class path; the first call on a machine downloads the jars."""
    return str(made_once(_folder(), _copy_dependencies) / "*")


def _folder() -> Path:
    return version_folder() / "jars"


def _copy_dependencies(folder: Path) -> None:
    # --strict-checksums: a jar that does not match its published checksum is an error.
    options = ["-q", "--batch-mode", "--strict-checksums", "-f", str(_POM)]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    result = subprocess.run(["mvn", *options, *goal], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"Maven could not fetch Kafka's jars:\n{result.stdout}{result.stderr}")
