"""Makes what alerts are delivered by."""

from pydantic import SecretStr
from rich.console import Console

from facewarden.alert.console_sink import ConsoleSink
from facewarden.alert.email_sink import EmailOptions, EmailSink
from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.alert.mqtt_sink import MqttOptions, MqttSink, MqttTls
from facewarden.alert.sink import Sink
from facewarden.alert.webhook_sink import WebhookOptions, WebhookSink
from facewarden.config.sinks import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    JsonlSettings,
    MqttSettings,
    SinkSettings,
    TlsSettings,
    WebhookSettings,
)


def make_sink(sink: SinkSettings, console: Console | None = None) -> Sink:
    """Make one sink; nothing is connected yet. A console sink prints on `console`, or stderr."""
    snapshot = sink.include_snapshot
    match sink:
        case MqttSettings():
            broker = MqttOptions(
                sink.host,
                sink.port,
                client_id=sink.client_id,
                topic_prefix=sink.topic_prefix,
                username=sink.username or "",
                password=_revealed(sink.password),
                tls=_tls(sink.tls),
                include_snapshot=snapshot,
            )
            return MqttSink(sink.name, broker)
        case WebhookSettings():
            receiver = WebhookOptions(
                _revealed(sink.url),
                secret=_revealed(sink.secret),
                timeout_s=sink.timeout_s,
                ca_file=sink.ca_file,
                include_snapshot=snapshot,
            )
            return WebhookSink(sink.name, receiver)
        case EmailSettings():
            server = EmailOptions(
                sink.host,
                sink.port,
                sink.sender,
                sink.recipients,
                security=sink.security,
                ca_file=sink.ca_file,
                username=sink.username or "",
                password=_revealed(sink.password),
                include_snapshot=snapshot,
            )
            return EmailSink(sink.name, server)
        case AppriseSettings():
            # Of all sinks the slowest to import, and few have it.
            from facewarden.alert.apprise_sink import AppriseOptions, AppriseSink

            services = AppriseOptions([_revealed(url) for url in sink.urls], snapshot)
            return AppriseSink(sink.name, services)
        case JsonlSettings():
            return JsonlSink(sink.name, JsonlOptions(sink.path, snapshot))
        case ConsoleSettings():
            return ConsoleSink(sink.name, console=console or Console(stderr=True))


def _tls(tls: TlsSettings | None) -> MqttTls | None:
    return MqttTls(tls.ca_file, tls.cert_file, tls.key_file) if tls is not None else None


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
