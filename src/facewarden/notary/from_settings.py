"""The notaries that the settings name."""

import ssl
from pathlib import Path

from facewarden.config.audit import (
    AuditSettings,
    FileNotarySettings,
    HttpNotarySettings,
    MqttNotarySettings,
)
from facewarden.config.sinks import TlsSettings
from facewarden.errors import ConfigError
from facewarden.notary.file_notary import FileNotary
from facewarden.notary.head_note import Notary
from facewarden.notary.http_notary import HttpNotary
from facewarden.notary.mqtt_notary import MqttNotary


def notaries_from(settings: AuditSettings) -> list[Notary]:
    """Return them, in the order of the settings.

    Raises:
        ConfigError: a certificate that cannot be read.
    """
    made: list[Notary] = []
    for one in settings.noted_at:
        match one:
            case FileNotarySettings():
                made.append(FileNotary(one.path))
            case MqttNotarySettings():
                made.append(
                    MqttNotary(
                        one.host,
                        one.port,
                        topic_prefix=one.topic_prefix,
                        client_id=one.client_id,
                        trust=_tls(one.tls) if one.tls is not None else None,
                        username=one.username or "",
                        password=one.password.get_secret_value() if one.password else "",
                    )
                )
            case HttpNotarySettings():
                made.append(
                    HttpNotary(
                        one.url.get_secret_value(),
                        token=one.token.get_secret_value() if one.token else "",
                        trust=_trust(one.ca_file) if one.ca_file else None,
                    )
                )
    return made


def _tls(settings: TlsSettings) -> ssl.SSLContext:
    trust = _trust(settings.ca_file)
    if settings.cert_file is not None:
        try:
            trust.load_cert_chain(settings.cert_file, settings.key_file)
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error
    return trust


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> ConfigError:
    return ConfigError(
        "audit.noted_at: a certificate cannot be read",
        found=type(error).__name__,
        remedy="check ca_file, cert_file and key_file",
    )
