"""A stranger who went on guessing kept the only administrator out for as long as they liked."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
from fastapi import FastAPI

from facewarden.access.bucket import Rate
from facewarden.server.context import Context
from facewarden.server.known_browsers import CARRIED, LASTS, PURPOSE
from facewarden.server.limits import Limits
from facewarden.store.open import Store
from unit.server.conftest import address, app, client, context, settings, store, url
from unit.server.signing import PASSWORD, cheaply, person

__all__ = ["address", "app", "client", "context", "settings", "store", "url"]

SESSION = "/api/v1/session"
WRONG = "not the lamps over the quay"


@pytest.fixture(autouse=True)
def office(app: FastAPI, context: Context, store: Store) -> None:
    cheaply(app, context, Limits(stranger=Rate(per_s=1000.0, burst=1000)))
    for login in ("ada", "ben"):
        person(store, login)


def tried(address: str, login: str, password: str, carried: str = "") -> httpx.Response:
    cookies = {CARRIED: carried} if carried else {}
    with httpx.Client(base_url=address, cookies=cookies) as browser:
        return browser.post(SESSION, json={"login": login, "password": password})


def carried_by(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    found = [SimpleCookie(one) for one in answer.headers.get_list("set-cookie")]
    (cookie,) = [one[CARRIED] for one in found if CARRIED in one]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    return str(cookie.value)


def guess(address: str, login: str) -> None:
    while tried(address, login, WRONG).status_code != 429:
        pass


def test_a_browser_that_is_known_gets_in(address: str) -> None:
    known = carried_by(tried(address, "ada", PASSWORD))
    guess(address, "ada")
    assert tried(address, "ada", PASSWORD).status_code == 429
    again = tried(address, "ada", PASSWORD, known)
    assert again.status_code == 200
    assert tried(address, "ada", PASSWORD).status_code == 429  # the others go on waiting
    assert tried(address, "ada", PASSWORD, carried_by(again)).status_code == 200


def test_it_is_known_for_who_signed_in_there_only(address: str) -> None:
    of_ben = carried_by(tried(address, "ben", PASSWORD))
    guess(address, "ada")
    assert tried(address, "ada", PASSWORD, of_ben).status_code == 429


def test_a_cookie_that_was_stolen_guesses_no_faster(address: str) -> None:
    stolen = carried_by(tried(address, "ada", PASSWORD))
    answers = [tried(address, "ada", WRONG, stolen).status_code for _ in range(10)]
    assert answers[:5] == [401] * 5
    assert answers[-1] == 429


def test_what_was_not_made_here_is_not_believed(address: str, store: Store) -> None:
    made_up = [
        "x" * 4000, "AAAA", "é".encode().hex(),
        store.flows.seal({"login": "ada", "browser": "b"}, timedelta(days=1)),
        store.flows.seal({"login": "ada", "browser": "b"}, timedelta(0), PURPOSE),
    ]  # fmt: skip
    guess(address, "ada")
    for carried in made_up:
        assert tried(address, "ada", PASSWORD, carried).status_code == 429
    real = store.flows.seal({"login": "ada", "browser": "b"}, LASTS, PURPOSE)
    assert tried(address, "ada", PASSWORD, real).status_code == 200
