"""Certificates for a TLS listener: an authority, what it signed, and one that nobody trusts."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_DAYS = ("-days", "2")
_HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
_ELSEWHERE = "subjectAltName=DNS:elsewhere.invalid\n"


@dataclass(frozen=True)
class Certificates:
    """PEM files in one folder.

    Attributes
    ----------
    authority : Path
        Signed the server's and the client's certificates.
    stranger : Path
        Another authority, which signed nothing.
    server, server_key, client, client_key : Path
        Certificates for localhost and 127.0.0.1, and their keys.
    encrypted_key : Path
        The client's key again, which needs a password.
    elsewhere, elsewhere_key : Path
        A server's certificate for another host, and its key.
    """

    authority: Path
    stranger: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path
    encrypted_key: Path
    elsewhere: Path
    elsewhere_key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make a set of certificates in a folder that is there already; they hold for two days."""
    for authority in ("authority", "stranger"):
        _make_authority(folder, authority)
    for name, hosts in (("server", _HERE), ("client", _HERE), ("elsewhere", _ELSEWHERE)):
        _make_signed(folder, name, hosts)
    encrypted = ("-in", "client.key", "-out", "encrypted.key", "-passout", "pass:secret")
    _openssl(folder, "pkey", "-aes128", *encrypted)
    return Certificates(
        authority=folder / "authority.pem",
        stranger=folder / "stranger.pem",
        server=folder / "server.pem",
        server_key=folder / "server.key",
        client=folder / "client.pem",
        client_key=folder / "client.key",
        encrypted_key=folder / "encrypted.key",
        elsewhere=folder / "elsewhere.pem",
        elsewhere_key=folder / "elsewhere.key",
    )


def _make_authority(folder: Path, name: str) -> None:
    files = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    _openssl(folder, "req", "-x509", *_KEY, *files, *_DAYS, "-subj", f"/CN={name} of the tests")


def _make_signed(folder: Path, name: str, hosts: str) -> None:
    (folder / "hosts").write_text(hosts)
    request = ("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    _openssl(folder, "req", "-new", *_KEY, *request)
    by = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial")
    files = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "hosts")
    _openssl(folder, "x509", "-req", *files, *by, *_DAYS)


def _openssl(folder: Path, *arguments: str) -> None:
    command = ["openssl", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed:\n{result.stderr}")
