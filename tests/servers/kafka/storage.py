"""Formatted storage for a broker: made once by Kafka's own tool, then copied."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.cache import made_once
from tests.servers.kafka.jars import version_folder
from tests.servers.kafka.java import java_command
from tests.servers.kafka.settings import CONTROLLER, broker_properties, write_properties

# Every broker of the tests has it: the copies are of one storage.
_CLUSTER_ID = "c3RyZWFtbHItdGVzdHMhIQ"

# The tool wants a whole broker's settings but keeps nothing of the listeners.
_LISTENER = "PLAINTEXT"


def copy_formatted_storage(data: Path, arguments: Sequence[str] = ()) -> None:
    """Make `data` a formatted storage folder.

    Parameters
    ----------
    data : Path
        A folder that does not exist yet.
    arguments : sequence of str
        More arguments for ``kafka-storage format``, such as ``--add-scram``.
    """
    key = hashlib.sha256("\0".join(arguments).encode()).hexdigest()[:16]
    template = made_once(
        version_folder() / f"storage-{key}", lambda folder: _format(folder, arguments)
    )
    shutil.copytree(template, data)


def _format(data: Path, arguments: Sequence[str]) -> None:
    with TemporaryDirectory() as scratch:
        settings = Path(scratch) / "server.properties"
        ports = {_LISTENER: 1, CONTROLLER: 2}
        write_properties(settings, broker_properties(data, {_LISTENER: "PLAINTEXT"}, ports))
        options = ["format", "-t", _CLUSTER_ID, "-c", str(settings), *arguments]
        command = java_command("kafka.tools.StorageTool", *options)
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"Kafka's storage was not formatted:\n{result.stdout}{result.stderr}")
