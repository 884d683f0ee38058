"""A mail server that has time to look at what it was handed."""

import re
import smtplib

CONTENT_S = 120.0
"""For the answer to the content, which a server may first scan; RFC 5321 4.5.3.2.6 asks for ten
minutes. Who hangs up before it was given gets the same mail again and again."""

CONTENT_WANTED = 354
AT_LINE_START = re.compile(rb"(?m)^\.")


class MailServer(smtplib.SMTP):
    """Waits longer for the answer to the content than for others."""

    def data(self, msg: object) -> tuple[int, bytes]:
        """Hand over the content, a mail as bytes with CRLF; return the server's code and words.

        Raises:
            SMTPDataError: the server does not want to see it.
        """
        assert isinstance(msg, bytes)  # noqa: S101  what `send_message` hands over
        code, words = self.docmd("data")
        if code != CONTENT_WANTED:
            raise smtplib.SMTPDataError(code, words)
        assert self.sock is not None  # noqa: S101  it has just answered
        self.sock.settimeout(max(CONTENT_S, self.timeout))
        # A line that is a dot would end it (RFC 5321 4.5.2).
        self.send(AT_LINE_START.sub(b"..", msg.removesuffix(b"\r\n")) + b"\r\n.\r\n")
        return self.getreply()


class MailServerOverTls(MailServer, smtplib.SMTP_SSL):
    """The same, by TLS from the first byte."""
