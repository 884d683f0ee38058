from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from facewarden.access.principal import Role, Scope
from facewarden.config.server import OidcSettings, ServerSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.server.oidc import Oidc
from facewarden.store.open import Store
from loopback import served
from oidc_provider import CLIENT, SECRET, OidcProvider
from unit.server.people.conftest import Clock
from unit.server.signing import cheaply, person

BEGIN, CALLBACK, SESSION = "/api/v1/oidc/begin", "/api/v1/oidc/callback", "/api/v1/session"
ROLES = (
    {"value": "watch-admins", "role": "administrator"},
    {"value": "gate", "role": "operator", "watchlists": ["missing"], "camera_groups": ["gate"]},
    {"value": "everybody", "role": "viewer"},
)


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": "one"})


@pytest.fixture
def provider(key: RSAKey) -> Iterator[OidcProvider]:
    made = OidcProvider()
    made.key = made.shown = key
    made.user["groups"] = ["everybody", "gate"]
    with served(made.app) as address:
        made.issuer = address
        yield made


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = datetime.now(UTC)  # the provider's clock is this machine's
    return clock


@pytest.fixture
def settings(tmp_path: Any, provider: OidcProvider) -> Settings:
    oidc = OidcSettings.model_validate(
        {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "roles": ROLES}
    )
    # The port is known once the application is served; see `visit`.
    server = ServerSettings(oidc=oidc, public_url="http://127.0.0.1:1")
    return Settings(store=StoreSettings(data_dir=tmp_path / "data"), server=server)


@pytest.fixture
def app(context: Context) -> FastAPI:
    made = create_app(context)
    cheaply(made, context)
    return made


@pytest.fixture
def here(app: FastAPI, store: Store, settings: Settings, address: str) -> str:
    """Return where the application is, which has learnt it, too."""
    gatekeeper = app.state.gatekeeper
    assert settings.server.oidc is not None
    gatekeeper.settings = settings.server.model_copy(update={"public_url": address})
    gatekeeper.oidc = Oidc(settings.server.oidc, address, store)
    return address


def visit(browser: httpx.Client) -> httpx.Response:
    """Go to the provider and come back; return the last answer of ours."""
    begun = browser.get(BEGIN)
    assert begun.status_code == 303, begun.text
    there = httpx.get(begun.headers["Location"])
    assert there.status_code == 302, there.text
    return browser.get(there.headers["Location"])


def problem(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    assert "facewarden_session" not in answer.headers.get("Set-Cookie", "")
    return unquote(urlsplit(answer.headers["Location"]).fragment).removeprefix("sign-in-problem=")


def test_somebody_whom_the_provider_knows_comes_in_with_their_role(
    store: Store, here: str, provider: OidcProvider
) -> None:
    with httpx.Client(base_url=here) as browser:
        assert browser.get("/api/v1/oidc").json() == {"offered": True, "label": "single sign-on"}
        back = visit(browser)
        assert back.headers["Location"] == f"{here}/"
        state = browser.get(SESSION).json()
        assert (state["login"], state["role"]) == ("grace", "operator")
        assert (state["watchlists"], state["camera_groups"]) == (["missing"], ["gate"])
        assert (state["has_password"], state["has_totp"]) == (False, False)
        csrf = {"X-CSRF-Token": state["csrf_token"]}
        change = {"current": "x", "new": "seven lamps over the quay"}
        assert browser.post(f"{SESSION}/password", json=change, headers=csrf).status_code == 409
        assert browser.get(BEGIN).status_code == 303
    assert store.audit.tail(1)[0].details["by"] == "provider"


def test_a_role_follows_the_provider_at_the_next_sign_in(
    store: Store, here: str, provider: OidcProvider
) -> None:
    with httpx.Client(base_url=here) as browser:
        visit(browser)
        first = browser.get(SESSION).json()
        provider.user["groups"] = "everybody"
        visit(browser)
        second = browser.get(SESSION).json()
    assert (first["user_id"], first["role"]) == (second["user_id"], "operator")
    assert (second["role"], second["watchlists"]) == ("viewer", None)


def test_what_the_token_lacks_is_asked_for(here: str, provider: OidcProvider) -> None:
    provider.in_token = {"sub"}
    provider.methods = ["client_secret_post"]
    with httpx.Client(base_url=here) as browser:
        visit(browser)
        assert browser.get(SESSION).json()["role"] == "operator"


def test_a_new_key_of_the_provider_is_found(here: str, provider: OidcProvider) -> None:
    with httpx.Client(base_url=here) as browser:
        visit(browser)
        provider.new_key()
        visit(browser)
        assert browser.get(SESSION).status_code == 200


@pytest.mark.parametrize(
    "forged",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"azp": "somebody-else"},
        {"sub": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=lambda forged: "-".join(f"{key}" for key in forged),
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    here: str, provider: OidcProvider, forged: dict[str, Any], store: Store
) -> None:
    provider.forged = forged
    with httpx.Client(base_url=here) as browser:
        assert problem(visit(browser)) == "the provider's answer cannot be believed"
        assert browser.get(SESSION).status_code == 401
    assert store.people.empty()


def test_a_token_signed_by_somebody_else_is_refused(here: str, provider: OidcProvider) -> None:
    provider.key = RSAKey.generate_key(2048, {"use": "sig", "kid": "one"})
    with httpx.Client(base_url=here) as browser:
        assert problem(visit(browser)) == "the provider's answer cannot be believed"


def test_the_answer_to_another_browser_is_refused(here: str) -> None:
    with httpx.Client(base_url=here) as thief, httpx.Client(base_url=here) as victim:
        there = httpx.get(thief.get(BEGIN).headers["Location"]).headers["Location"]
        words = "this is not the sign-in that was begun here"
        assert problem(victim.get(there)) == words
        victim.get(BEGIN)
        assert problem(victim.get(there)) == words
        assert problem(thief.get(there + "&iss=https://elsewhere.example")) != ""


def test_an_answer_counts_once_and_not_too_late(
    here: str, provider: OidcProvider, clock: Clock
) -> None:
    with httpx.Client(base_url=here) as browser:
        there = httpx.get(browser.get(BEGIN).headers["Location"]).headers["Location"]
        carried = browser.cookies["facewarden_oidc"]
        assert problem_free(browser.get(there))
        assert "facewarden_oidc" not in browser.cookies
        browser.cookies.set("facewarden_oidc", carried)
        assert problem(browser.get(there)), "the provider takes a code once"
        browser.cookies.clear()
        late = httpx.get(browser.get(BEGIN).headers["Location"]).headers["Location"]
        clock.forward(minutes=10)
        assert problem(browser.get(late)) == "this is not the sign-in that was begun here"


def problem_free(answer: httpx.Response) -> bool:
    return not urlsplit(answer.headers["Location"]).fragment


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x&state=y", "?state=y"])
def test_an_answer_out_of_nowhere_is_refused(here: str, query: str) -> None:
    assert problem(httpx.get(here + CALLBACK + query))


def test_the_cookie_that_is_carried_says_nothing_and_is_for_this_path(here: str) -> None:
    answer = httpx.get(here + BEGIN)
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/api/v1/oidc", "Lax", True)
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["state"][0] not in cookie.value
    assert "code_verifier" not in asked
    assert SECRET not in answer.headers["Location"]


@pytest.mark.parametrize("groups", [[], ["other"], None, 7, {"a": "gate"}])
def test_who_has_no_role_here_does_not_come_in(
    here: str, provider: OidcProvider, groups: Any, store: Store
) -> None:
    provider.user["groups"] = groups
    with httpx.Client(base_url=here) as browser:
        assert problem(visit(browser)) == "you have no role here"
    assert store.people.empty()


def test_a_provider_cannot_take_over_an_account_with_a_password(
    store: Store, here: str, provider: OidcProvider
) -> None:
    person(store, "Grace", Role.ADMINISTRATOR)
    with httpx.Client(base_url=here) as browser:
        assert problem(visit(browser)) == "this login is taken"


def test_who_is_disabled_here_stays_out(store: Store, here: str) -> None:
    with httpx.Client(base_url=here) as browser:
        visit(browser)
        grace = store.people.find("grace")
        assert grace is not None
        store.people.change(
            grace.account.user_id, role=Role.VIEWER, scope=Scope(), disabled=True, actor="t"
        )
        assert browser.get(SESSION).status_code == 401
        assert problem(visit(browser)) == "this account is disabled"


def test_a_provider_that_is_gone_is_said_to_be(
    app: FastAPI, store: Store, settings: Settings, address: str
) -> None:
    assert settings.server.oidc is not None
    gone = settings.server.oidc.model_copy(update={"issuer": "http://127.0.0.1:9"})
    app.state.gatekeeper.oidc = Oidc(gone, address, store)
    answer = httpx.get(address + BEGIN)
    assert problem(answer) == "the provider to sign in with does not answer as one"


def test_without_a_provider_there_is_no_such_thing(app: FastAPI, address: str) -> None:
    app.state.gatekeeper.oidc = None
    assert httpx.get(f"{address}/api/v1/oidc").json() == {"offered": False, "label": ""}
    assert httpx.get(address + BEGIN).status_code == 404
    assert httpx.get(address + CALLBACK).status_code == 404
