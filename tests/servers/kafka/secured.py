"""A broker with a listener for every way to log in."""

from pathlib import Path

from tests.servers.kafka.broker import KafkaBroker
from tests.servers.kafka.certificates import Certificates

USER, PASSWORD = "alice", "correct horse battery staple"

# Listener → security protocol. CLIENTS asks for a client certificate, TOKEN for a bearer token;
# ELSEWHERE shows the certificate of another host.
_PROTOCOLS = {
    "PLAINTEXT": "PLAINTEXT",
    "TLS": "SSL",
    "CLIENTS": "SSL",
    "ELSEWHERE": "SSL",
    "LOGIN": "SASL_PLAINTEXT",
    "SECURE": "SASL_SSL",
    "TOKEN": "SASL_PLAINTEXT",
}
_LOGINS = ("login", "secure")
_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_MODULES = "org.apache.kafka.common.security"


def secured_broker(directory: Path, certificates: Certificates) -> KafkaBroker:
    """Return a broker, not started, whose listeners are those of `_PROTOCOLS`."""
    users = [f"{mechanism}=[name={USER},password={PASSWORD}]" for mechanism in _SCRAM]
    return KafkaBroker(
        directory,
        protocols=_PROTOCOLS,
        properties=_tls(certificates) | _passwords() | _tokens(),
        format_arguments=[word for user in users for word in ("--add-scram", user)],
    )


def _tls(certificates: Certificates) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.key": certificates.server_key.read_text(),
        "ssl.keystore.certificate.chain": certificates.server.read_text(),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": certificates.authority.read_text(),
        "listener.name.clients.ssl.client.auth": "required",
        "listener.name.elsewhere.ssl.keystore.type": "PEM",
        "listener.name.elsewhere.ssl.keystore.key": certificates.elsewhere_key.read_text(),
        "listener.name.elsewhere.ssl.keystore.certificate.chain": (
            certificates.elsewhere.read_text()
        ),
    }


def _passwords() -> dict[str, str]:
    plain = f'{_MODULES}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = f"{_MODULES}.scram.ScramLoginModule required;"
    settings = {}
    for listener in _LOGINS:
        prefix = f"listener.name.{listener}"
        settings[f"{prefix}.sasl.enabled.mechanisms"] = ",".join(("PLAIN", *_SCRAM))
        settings[f"{prefix}.plain.sasl.jaas.config"] = plain
        for mechanism in _SCRAM:
            settings[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = scram
    return settings


def _tokens() -> dict[str, str]:
    # Without more settings the broker takes tokens that nobody signed, which is all we need here.
    return {
        "listener.name.token.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.token.oauthbearer.sasl.jaas.config": (
            f"{_MODULES}.oauthbearer.OAuthBearerLoginModule required;"
        ),
    }
