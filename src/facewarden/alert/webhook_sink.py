"""Alerts as signed HTTP posts."""

import logging
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.deadline import ended_after
from facewarden.alert.payload import encode, payload
from facewarden.alert.webhook_signature import HEADER, sign
from facewarden.data import Delivery
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable

LATER = frozenset({408, 425, 429})
"""Client errors that ask to try again: RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4."""

LONGEST_RETRY_AFTER_S = 300.0
"""A receiver may ask for a pause, but not silence a watchlist for hours."""

PARTS = 3
"""An attempt may take `timeout_s` for each of its parts: to connect, to send, to be answered."""

ANSWER_BYTES = 65_536
"""An answer is read this far so that the connection can be used again; a longer one closes it."""


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where and how to post.

    Attributes:
        url: http or https; may hold a token, so it is never shown.
        secret: key of the signature; empty leaves the posts unsigned.
        headers: sent along, such as Authorization.
        timeout_s: for connecting, and again for each wait for the receiver; three times this for
            all of an attempt.
        ca_file: authority to trust instead of those of the system; https is always verified.
        include_snapshot: whether the picture goes along.
    """

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 10.0
    ca_file: Path | None = None
    include_snapshot: bool = True


class WebhookSink:
    """Posts JSON; accepted is what the receiver answers with a 2xx status.

    The connection is kept alive. Redirects are not followed: the alert and its signature go to
    the configured address and nowhere else, also not through a proxy of the environment.
    """

    def __init__(self, name: str, options: WebhookOptions, *, clock: Clock = utc_now) -> None:
        # httpx logs whole addresses at INFO.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._name = name
        self._options = options
        self._clock = clock
        self._socket: socket.socket | None = None
        try:
            self._url = httpx.URL(options.url)
            self._client = httpx.Client(
                headers=dict(options.headers),
                timeout=options.timeout_s,
                verify=_trust(self._url, options.ca_file),
                follow_redirects=False,
                trust_env=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none are kept
                # A connection idle for longer is closed rather than found dead by an alert.
                limits=httpx.Limits(max_connections=1, keepalive_expiry=60.0),
            )
        except (httpx.InvalidURL, OSError, ValueError, TypeError) as problem:
            raise ConfigError(
                f"sink {name}: the webhook cannot be set up", found=type(problem).__name__
            ) from None
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise ConfigError(f"sink {name}: not a web address", expected="http:// or https://")

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def deliver(self, delivery: Delivery) -> None:
        """Post one alert; see `Sink.deliver`."""
        sent_at = self._clock()
        body = payload(delivery, sent_at, with_snapshot=self._options.include_snapshot)
        content = encode(body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facewarden",
            # Header fields are ASCII; a key of letters, digits and :-._ stays as it is.
            "Idempotency-Key": quote(delivery.idempotency_key, safe=":/"),
            "X-Facewarden-Event": str(body["event"]),
        }
        if self._options.secret:
            headers[HEADER] = sign(self._options.secret, content, int(sent_at.timestamp()))
        try:
            with (
                # httpx's timeouts, too, count for each byte anew.
                ended_after(PARTS * self._options.timeout_s, lambda: self._socket),
                self._client.stream(
                    "POST",
                    self._url,
                    content=content,
                    headers=headers,
                    extensions={"trace": self._note_socket},
                ) as answer,
            ):
                status, wait = answer.status_code, answer.headers.get("Retry-After", "")
                self._finish(answer)
        except httpx.HTTPError as problem:
            raise SinkUnavailable(f"{self._where()}: {_reason(problem)}") from None
        self._judge(status, wait)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _note_socket(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the one connection's socket; httpx calls this for each of its steps."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")

    def _judge(self, status: int, wait: str) -> None:
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status in LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            later = SinkUnavailable(f"{self._where()} answered {status}")
            later.retry_after_s = _wait_s(wait, self._clock())
            raise later
        moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        raise PayloadRejected(
            f"{self._where()} answered {status}",
            remedy="redirects are not followed: configure the final address" if moved else "",
        )

    def _finish(self, answer: httpx.Response) -> None:
        """Read the rest of an answer whose status is known; its end cannot change the verdict."""
        deadline_s = time.monotonic() + self._options.timeout_s
        read = 0
        try:
            for chunk in answer.iter_raw():
                read += len(chunk)
                if read > ANSWER_BYTES or time.monotonic() > deadline_s:
                    break
        except httpx.HTTPError:
            pass

    def _where(self) -> str:
        # The path and the query may hold a token.
        return f"webhook {self._url.host}:{self._url.port or self._url.scheme}"


def _trust(url: httpx.URL, ca_file: Path | None) -> ssl.SSLContext | bool:
    if url.scheme != "https":
        return True
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def _reason(problem: httpx.HTTPError) -> str:
    if isinstance(problem, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(problem, httpx.ConnectError):
        return f"cannot connect ({problem})"
    return f"the connection broke ({type(problem).__name__})"


def _wait_s(text: str, now: datetime) -> float:
    """Read Retry-After (RFC 9110 10.2.3): seconds, or a date; 0 where it is neither."""
    try:
        wait_s = float(text) if text.strip().isdecimal() else _until_s(text, now)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)


def _until_s(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
