from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.access.bucket import Bucket, Rate
from facewarden.access.lockout import ADDRESS_PATIENCE, LOGIN_PATIENCE, Patience
from facewarden.access.tokens import (
    csrf_token,
    digest,
    new_key,
    new_recovery_code,
    new_secret,
    parse_key,
    plain_recovery_code,
    same,
)
from facewarden.access.totp import matching_step, new_totp_secret, qr_svg, totp_uri

NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
# RFC 6238, appendix B: SHA-1, the last six of the eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_of_rfc_6238(at_s: int, code: str) -> None:
    assert matching_step(RFC_SECRET, code, datetime.fromtimestamp(at_s, UTC), after=0) == at_s // 30


def test_a_code_works_one_step_around_and_once_only() -> None:
    secret = new_totp_secret()
    totp = pyotp.TOTP(secret)
    code = totp.at(NOW)
    step = matching_step(secret, code, NOW, after=0)
    assert step == int(NOW.timestamp()) // 30
    for off, right in ((-61, False), (-30, True), (30, True), (61, False)):
        found = matching_step(secret, code, NOW + timedelta(seconds=off), after=0)
        assert (found == step) is right, off
    assert matching_step(secret, code, NOW, after=step) is None
    assert matching_step(secret, totp.at(NOW - timedelta(seconds=30)), NOW, after=step) is None


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "١٢٣٤٥٦", "1234567", "287 082x"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert matching_step(RFC_SECRET, typed, datetime.fromtimestamp(59, UTC), after=0) is None


def test_an_authenticator_is_given_as_address_and_picture() -> None:
    uri = totp_uri(RFC_SECRET, "ada@tower")
    assert uri == f"otpauth://totp/facewarden:ada%40tower?secret={RFC_SECRET}&issuer=facewarden"
    drawn = ET.fromstring(qr_svg(uri))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert not any("script" in element.tag for element in drawn.iter())


def test_a_key_says_its_name_and_parts_again() -> None:
    words = new_key()
    assert parse_key(words.written()) == words
    assert words.secret not in repr(words)
    for text in ("", "fw_", words.written() + "x", words.written().upper(), "fw_" + "0" * 16):
        assert parse_key(text) is None


def test_secrets_are_new_and_what_follows_from_them_is_not_them() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert len(one) == 43
    assert len({one, digest(one), csrf_token(one), csrf_token(other)}) == 4
    assert same(one, one)
    assert not same(one, other)
    assert not same("ä", "a")


def test_a_recovery_code_is_the_same_however_it_is_typed() -> None:
    code = new_recovery_code()
    assert len(code) == 19
    typed = code.upper().replace("-", " ")
    assert plain_recovery_code(typed) == plain_recovery_code(code) == code.replace("-", "")


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [LOGIN_PATIENCE.wait(failures).total_seconds() for failures in range(17)]
    assert waits[:6] == [0] * 6
    assert waits[6:10] == [2, 4, 8, 16]
    assert waits[15:] == [900, 900]
    assert ADDRESS_PATIENCE.wait(20) == timedelta(0)
    assert ADDRESS_PATIENCE.wait(10**9) == timedelta(minutes=15)


@given(st.integers(0, 10**6))
def test_a_wait_never_shrinks_with_more_failures(failures: int) -> None:
    patience = Patience(free=3)
    assert patience.wait(failures) <= patience.wait(failures + 1) <= timedelta(seconds=900)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200))
def test_no_more_pass_a_bucket_than_burst_and_rate_allow(gaps: list[float]) -> None:
    rate = Rate(per_s=2.0, burst=5)
    bucket, now, passed = Bucket(rate.burst, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        passed += bucket.take(rate, now) == 0.0
    assert passed <= rate.burst + rate.per_s * now + 1e-6


def test_a_bucket_says_when_to_come_again() -> None:
    rate = Rate(per_s=0.5, burst=1)
    bucket = Bucket(rate.burst, 0.0)
    assert bucket.take(rate, 0.0) == 0.0
    assert bucket.take(rate, 0.0) == 2.0
    assert bucket.take(rate, -100.0) == 2.0, "a clock that goes back gives nothing"
    assert bucket.take(rate, 2.0) == 0.0
