"""The signature of a webhook: HMAC-SHA256 (RFC 2104) over the time and the body."""

import hashlib
import hmac

HEADER = "X-Facewarden-Signature"


def sign(secret: str, body: bytes, unix_s: int) -> str:
    """Return the value of HEADER for a body sent at `unix_s`: `t=<unix_s>,v1=<hex>`.

    The time is signed with the body, so that a receiver can refuse what was recorded long ago.
    """
    signed = f"{unix_s}.".encode() + body
    return f"t={unix_s},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def verify(secret: str, body: bytes, header: str, now_s: float, tolerance_s: float = 300) -> bool:
    """Say whether `header` signs `body` with `secret`, at most `tolerance_s` from `now_s`.

    Compared in constant time, so that the answer's delay tells nothing about the right one.
    Five minutes of tolerance cover clocks that are not synchronised.
    """
    try:
        unix_s = int(header.partition(",")[0].removeprefix("t="))
    except ValueError:
        return False
    fresh = abs(now_s - unix_s) <= tolerance_s
    return fresh and hmac.compare_digest(
        sign(secret, body, unix_s).encode(), header.encode("utf-8", "replace")
    )
