"""A mail server: it has time for what it was handed, and none to keep us with a reply."""

import re
import smtplib

from facewarden.alert.deadline import ended_after

CONTENT_S = 120.0
"""For the answer to the content, which a server may first scan; RFC 5321 4.5.3.2.6 asks for ten
minutes. Who hangs up before it was given gets the same mail again and again."""

REPLY_BYTES = 65536
"""Of one reply, all its lines together."""

CONTENT_WANTED = 354
AT_LINE_START = re.compile(rb"(?m)^\.")


class MailServer(smtplib.SMTP):
    """Waits `timeout` for each whole reply, longer for the one to the content."""

    _reply_s: float | None = None

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words of one reply (RFC 5321 4.2.1); -1 where it has no code.

        Raises:
            SMTPServerDisconnected: it did not come whole, in its time and within `REPLY_BYTES`.
        """
        assert self.sock is not None  # noqa: S101  there is nobody else to hear
        if self.file is None:
            self.file = self.sock.makefile("rb")
        lines: list[bytes] = []
        left = REPLY_BYTES
        with ended_after(self._reply_s or self.timeout, lambda: self.sock):
            while not lines or lines[-1][3:4] == b"-":
                try:
                    line = self.file.readline(left)
                except OSError:
                    line = b""
                if not line.endswith(b"\n"):
                    self.close()
                    raise smtplib.SMTPServerDisconnected("no whole reply")
                lines.append(line)
                left -= len(line)
        code = lines[-1][:3]
        words = b"\n".join(line[4:].strip() for line in lines)
        return (int(code) if code.isdigit() else -1), words

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
        self._reply_s = max(CONTENT_S, self.timeout)
        self.sock.settimeout(self._reply_s)
        # A line that is a dot would end it (RFC 5321 4.5.2).
        self.send(AT_LINE_START.sub(b"..", msg.removesuffix(b"\r\n")) + b"\r\n.\r\n")
        try:
            return self.getreply()
        finally:
            self._reply_s = None


class MailServerOverTls(MailServer, smtplib.SMTP_SSL):
    """The same, by TLS from the first byte."""
