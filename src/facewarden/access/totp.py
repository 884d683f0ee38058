"""One-time codes of an authenticator app (RFC 6238: SHA-1, 30 s, 6 digits, as every app takes)."""

import hmac
import io
from datetime import datetime
from typing import Final

import pyotp
import segno

STEP_S: Final = 30
EITHER_SIDE: Final = 1
"""Steps by which a phone's clock may be off; RFC 6238, 5.2 recommends at most one."""
ISSUER: Final = "facewarden"


def new_totp_secret() -> str:
    """Return 160 random bits as base 32 (RFC 4226, 4, R6 recommends 160)."""
    return pyotp.random_base32(32)


def totp_uri(secret: str, login: str, issuer: str = ISSUER) -> str:
    """Return the otpauth address that an authenticator app takes."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """Return `text` as a QR code: an SVG element without a declaration, dark on white."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=4, light="#fff"
    )
    return drawn.getvalue().decode()


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the time step whose code was typed, or None.

    Args:
        code: what was typed; spaces do not count.
        now: aware time.
        after: the step of the last code that was accepted; that one and older ones are refused,
            so that nobody uses a code a second time (RFC 6238, 5.2).
    """
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - EITHER_SIDE, current + EITHER_SIDE + 1):
        # All are compared, so that the time taken does not tell how far a phone's clock is off.
        if hmac.compare_digest(totp.generate_otp(step), typed) and step > after:
            found = step
    return found
