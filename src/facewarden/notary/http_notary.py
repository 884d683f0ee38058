"""Notes for a web service that keeps them, such as a time-stamping or a transparency service."""

import ssl
from typing import Final

import httpx

from facewarden.errors import PayloadRejected, SinkUnavailable
from facewarden.text import shown

LONGEST: Final = 1_000
"""Characters of an answer that are kept as the receipt."""


class HttpNotary:
    """Posts each note as JSON; what it answers with a 2xx status is the receipt.

    Redirects and proxies of the environment are not followed: a note goes where it was said.

    Args:
        url: of the service; what stands before its host or behind its path is never shown.
        token: sent as a bearer token; may be empty.
    """

    method = "http"

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        trust: ssl.SSLContext | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._url = httpx.URL(url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._trust = trust
        self._timeout_s = timeout_s

    @property
    def target(self) -> str:
        """Scheme, host and port: the rest may hold a token."""
        port = f":{self._url.port}" if self._url.port else ""
        return f"{self._url.scheme}://{self._url.host}{port}"

    def note(self, text: bytes) -> str:
        """Post one note; the receipt is the status and the beginning of the answer."""
        try:
            with (
                httpx.Client(
                    timeout=self._timeout_s,
                    verify=self._trust if self._trust is not None else True,
                    follow_redirects=False,
                    trust_env=False,
                ) as client,
                client.stream(
                    "POST",
                    self._url,
                    content=text,
                    headers={"Content-Type": "application/json", **self._headers},
                ) as answer,
            ):
                body = b""
                for part in answer.iter_bytes(LONGEST):
                    body += part
                    if len(body) >= LONGEST:
                        break
        except httpx.HTTPError as problem:
            raise SinkUnavailable(f"{self.target}: {type(problem).__name__}") from None
        if not answer.is_success:
            kind = PayloadRejected if 400 <= answer.status_code < 500 else SinkUnavailable
            raise kind(f"{self.target} does not take the note", found=str(answer.status_code))
        return shown(f"{answer.status_code} {body.decode(errors='replace')}".strip())[:LONGEST]
