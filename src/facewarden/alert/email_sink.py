"""Alerts by e-mail."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from facewarden.alert.clock import Clock, utc_now
from facewarden.alert.email_message import compose
from facewarden.alert.mail_server import MailServer, MailServerOverTls
from facewarden.data import Delivery
from facewarden.errors import ConfigError, PayloadRejected, SinkUnavailable

PERMANENT = 500
"""Replies from here on mean no, below it means not now (RFC 5321 4.2.1)."""


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """Which server, and who writes to whom.

    Attributes:
        security: tls speaks TLS from the first byte, starttls turns to it and goes no further
            without, none is plain.
        username, password: empty logs in nowhere.
        ca_file: authority to trust instead of those of the system; TLS is always verified.
        timeout_s: for each answer of the server, but for that to the content.
        include_snapshot: whether the picture is in the mail.
    """

    host: str
    port: int
    sender: str
    recipients: Sequence[str]
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_s: float = 10.0
    include_snapshot: bool = True


class EmailSink:
    """Hands each alert to a mail server, over a connection of its own.

    Raises:
        ConfigError: an address with a line break or a space, a login without encryption, an
            authority that cannot be read.
    """

    def __init__(self, name: str, options: EmailOptions, *, clock: Clock = utc_now) -> None:
        self._name = name
        self._options = options
        self._clock = clock
        for address in (options.sender, *options.recipients):
            if not address.isprintable() or " " in address or "@" not in address:
                raise ConfigError(f"sink {name}: not a mail address", found=repr(address))
        if options.username and options.security == "none":
            raise ConfigError(
                f"sink {name}: the password would travel in the clear",
                expected="security tls or starttls with a username",
            )
        try:
            authority = str(options.ca_file) if options.ca_file else None
            self._trust = ssl.create_default_context(cafile=authority)
        except OSError as problem:
            raise ConfigError(
                f"sink {name}: the authority cannot be read",
                found=f"{options.ca_file}: {problem.strerror or type(problem).__name__}",
            ) from None

    @property
    def name(self) -> str:
        """The sink's name in the configuration."""
        return self._name

    def deliver(self, delivery: Delivery) -> None:
        """Send one mail; see `Sink.deliver`."""
        reached = delivery.reached & set(self._options.recipients)
        waiting = [one for one in self._options.recipients if one not in reached]
        if not waiting:  # those who did not have it are no recipients any more
            return
        message = compose(
            delivery,
            self._options.sender,
            self._options.recipients,
            self._clock(),
            with_snapshot=self._options.include_snapshot,
        )
        with self._connected() as server:
            try:
                refused = server.send_message(message, self._options.sender, waiting)
                # Those who have it are not written to again for the sake of the others.
                reached |= set(waiting) - set(refused)
            except smtplib.SMTPRecipientsRefused as problem:
                refused = problem.recipients  # nobody got it; whoever is not named was not asked
            except smtplib.SMTPResponseException as problem:  # of the sender or of the content
                raise self._verdict("the mail", problem.smtp_code) from None
            except smtplib.SMTPNotSupportedError:
                raise PayloadRejected(
                    f"{self._where()} does not take mail addresses beyond ASCII"
                ) from None
            with suppress(smtplib.SMTPException, OSError):
                server.quit()  # the mail is accepted, whatever comes of the farewell
        if refused:
            codes = [code for code, _ in refused.values()]
            verdict = self._verdict(f"{len(refused)} of {len(waiting)} recipients", min(codes))
            # Where the server took the mail for others, it is there: only this mail waits.
            if reached:
                verdict = PayloadRejected(str(verdict))
            verdict.reached = reached
            raise verdict

    def close(self) -> None:
        """Nothing to release: each mail has its own connection."""

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt, log in; whatever breaks on the way is the server's absence."""
        o = self._options
        try:
            if o.security == "tls":
                server: smtplib.SMTP = MailServerOverTls(
                    o.host, o.port, timeout=o.timeout_s, context=self._trust
                )
            else:
                server = MailServer(o.host, o.port, timeout=o.timeout_s)
            try:
                if o.security == "starttls":
                    server.starttls(context=self._trust)
                if o.username:
                    server.login(o.username, o.password)
                yield server
            finally:
                server.close()
        except smtplib.SMTPResponseException as problem:
            raise SinkUnavailable(f"{self._where()} answered {problem.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as problem:
            raise SinkUnavailable(f"{self._where()}: {_reason(problem)}") from None

    def _verdict(self, what: str, code: int) -> SinkUnavailable | PayloadRejected:
        verdict = PayloadRejected if code >= PERMANENT else SinkUnavailable
        return verdict(f"{self._where()} refused {what} with {code}")

    def _where(self) -> str:
        return f"mail server {self._options.host}:{self._options.port}"


def _reason(problem: OSError | smtplib.SMTPException) -> str:
    # The text of smtplib's own errors may repeat what was sent; that of the system does not.
    if isinstance(problem, smtplib.SMTPException):
        return type(problem).__name__
    return problem.strerror or type(problem).__name__
