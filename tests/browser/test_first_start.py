"""The first start, signing in with a second factor, and a session that ends in mid-work."""

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Desk, require_accessible
from facewarden.store.open import Store
from unit.server.signing import PASSWORD, person

pytestmark = pytest.mark.service


def fill(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def test_from_the_token_of_the_console_to_a_second_factor(stranger: Desk, store: Store) -> None:
    token = store.invitations.first_start()
    assert token
    page = stranger.open(f"#first-start={token}")
    expect(page.get_by_role("heading", name="First start")).to_be_visible()
    assert token not in page.url
    require_accessible(page)
    fill(page, Login="ada", Password="short")
    expect(page.get_by_text("7 more characters needed")).to_be_visible()
    page.get_by_role("button", name="Make the first administrator").click()
    expect(page.get_by_role("alert")).to_contain_text("12 to 200 characters")
    fill(page, Password=PASSWORD)
    page.get_by_role("button", name="Make the first administrator").click()

    page.get_by_role("button", name="Add an authenticator").click()
    fill(page, Your_password=PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    fill(page, **{"The code that it shows": pyotp.TOTP(secret).now()})
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes code").first).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) >= 8
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("recovery codes left")).to_be_visible()
    require_accessible(page)

    page.get_by_role("button", name="Sign out").click()
    fill(page, Login="ada", Password=PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    fill(page, Code="000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fill(page, Code=codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()


def test_a_wrong_password_says_no_more_than_that(stranger: Desk, store: Store) -> None:
    person(store, "ada")
    page = stranger.open()
    fill(page, Login="ada", Password="not that one at all")
    page.get_by_role("button", name="Sign in").click()
    wrong = page.get_by_role("alert").inner_text()
    fill(page, Login="nobody", Password="not that one at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile(re.escape(wrong.split("\n")[0])))
    require_accessible(page)
