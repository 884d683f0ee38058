"""Alerts over SMS, chats and push messages, by whatever service Apprise knows."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from apprise import Apprise, AppriseAsset
from apprise.attachment.memory import AttachMemory

from facewarden.alert.wording import long_text, place, short_text
from facewarden.data import Delivery
from facewarden.errors import ConfigError, PayloadRejected, SinkError, SinkUnavailable

SHORT_BELOW = 1000
"""Services that take fewer characters than this are SMS and pagers: they get one sentence."""


@dataclass(frozen=True, slots=True)
class AppriseOptions:
    """Which services.

    Attributes:
        urls: Apprise addresses, one service each; secrets.
        include_snapshot: whether the picture goes to the services that take one.
    """

    urls: Sequence[str] = field(repr=False)
    include_snapshot: bool = True


class AppriseSink:
    """Tells every service; one that has taken an alert is not told again for the others' sake.

    Apprise answers yes or no. A no of all counts as unavailable; where one has taken the alert,
    the network is there, and only this alert waits for the others: those that follow go out to
    whom they reach. Its own log lines hold addresses and are switched off.
    """

    def __init__(self, name: str, options: AppriseOptions) -> None:
        # Apprise, and urllib3 below it, log addresses with the tokens in them.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
        self._name = name
        self._options = options
        self._services = {
            _mark(url): _service(name, n, url) for n, url in enumerate(options.urls, start=1)
        }

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def deliver(self, delivery: Delivery) -> None:
        """Tell the services; see `Sink.deliver`."""
        told = delivery.reached & set(self._services)
        for mark, service in self._services.items():
            if mark not in told and self._tell(service, delivery):
                told |= {mark}
        if len(told) < len(self._services):
            missing = [one for mark, one in self._services.items() if mark not in told]
            words = f"not taken by {', '.join(map(_label, missing))}"
            problem: SinkError = PayloadRejected(words) if told else SinkUnavailable(words)
            problem.reached = told
            raise problem

    def close(self) -> None:
        """Nothing to release: Apprise connects anew for each message."""

    def _tell(self, service: Apprise, delivery: Delivery) -> bool:
        alert = delivery.alert
        (plugin,) = service
        short = plugin.body_maxlen < SHORT_BELOW
        picture = None
        if self._options.include_snapshot and alert.snapshot and plugin.attachment_support:
            picture = AttachMemory(  # type: ignore[no-untyped-call]
                content=alert.snapshot.jpeg,
                name=f"candidate-{alert.alert_id}.jpg",
                mimetype="image/jpeg",
            )
        title = "" if short else f"Candidate for review at {place(alert)}"
        body = short_text(alert) if short else long_text(alert)
        # As text, so that services that speak HTML or Markdown get names escaped.
        return bool(service.notify(body=body, title=title, body_format="text", attach=picture))


def _service(name: str, number: int, url: str) -> Apprise:
    # A redirect would carry the alert to an address that nobody configured.
    service = Apprise(asset=AppriseAsset(app_id="facewarden", http_redirects=False))
    if not service.add(url) or len(service) != 1:
        raise ConfigError(
            f"sink {name}: address {number} is not one that Apprise knows",
            expected="one service, such as tgram://... or twilio://...",
            remedy="see https://appriseit.com for the address of each service",
        )
    return service


def _mark(url: str) -> str:
    """Return what stands for a service in the store: its address is a secret."""
    return sha256(url.encode()).hexdigest()[:16]


def _label(service: Apprise) -> str:
    (plugin,) = service
    return str(plugin.service_name)
