from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from facewarden.access.bucket import Rate
from facewarden.access.principal import Permission, Principal, Role, Scope
from facewarden.server import permissions
from facewarden.server.context import Context
from facewarden.server.gatekeeper import COOKIE
from facewarden.server.limits import Limits, RateLimit, network
from facewarden.server.principal import CurrentPrincipal, for_anyone, require
from facewarden.server.problems import TooMany
from facewarden.store.open import Store
from loopback import served
from unit.server.people.conftest import Clock
from unit.server.signing import browser, cheaply, person, program

Reader = Annotated[Principal, Depends(require(Permission.ALERT_READ))]


@pytest.fixture
def router(app: FastAPI) -> APIRouter:
    made = APIRouter(prefix="/try")

    @made.get("/who")
    def who(principal: CurrentPrincipal) -> str:
        return principal.login

    @made.post("/do")
    def do(principal: Reader) -> str:
        return principal.credential

    @made.websocket("/stream")
    async def stream(socket: WebSocket, principal: Reader) -> None:
        await socket.accept()
        await socket.send_text(principal.login)
        await socket.close()

    app.include_router(made)
    return made


pytestmark = pytest.mark.usefixtures("router")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic YWRhOng=", "Bearer fw_" + "0" * 16 + "_" + "A" * 43],
)
def test_a_wrong_key_is_not_repaired_by_a_cookie(store: Store, address: str, header: str) -> None:
    with browser(store, address, person(store, "ada")) as client:
        assert client.get("/try/who").json() == "ada"
        answer = client.get("/try/who", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_key_needs_no_csrf_token_and_a_cookie_does(store: Store, address: str) -> None:
    ada = person(store, "ada")
    with (
        program(store, address, ada, {Permission.ALERT_READ}) as key,
        browser(store, address, ada) as page,
    ):
        assert key.post("/try/do").json().startswith("key:")
        assert page.post("/try/do").json().startswith("session:")
        page.headers.pop("X-CSRF-Token")
        assert page.post("/try/do").status_code == 403
        assert page.get("/try/who").status_code == 200


def test_another_site_cannot_open_a_stream_with_the_cookie(store: Store, address: str) -> None:
    with browser(store, address, person(store, "ada")) as client:
        cookie = f"{COOKIE}={client.cookies[COOKIE]}"
    where = address.replace("http:", "ws:") + "/try/stream"
    own = {"Cookie": cookie, "Origin": address}
    with connect(where, additional_headers=own) as socket:
        assert socket.recv(timeout=5) == "ada"
    for headers in (
        {"Cookie": cookie, "Origin": "https://elsewhere.example"},
        {"Cookie": cookie, "Origin": "null"},
        {"Cookie": cookie},
        {"Origin": address},
    ):
        with pytest.raises(InvalidStatus) as caught, connect(where, additional_headers=headers):
            pass
        assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    ("public_url", "https", "origin", "opens"),
    [
        pytest.param(None, False, "http://{host}", True, id="as it came"),
        pytest.param(None, False, "https://{host}", False, id="another scheme"),
        pytest.param(None, True, "http://{host}", False, id="in clear to one behind TLS"),
        pytest.param(None, True, "https://{host}", True, id="behind TLS"),
        pytest.param(None, False, "http://127.0.0.1:1", False, id="another port"),
        pytest.param("https://faces.example", True, "https://faces.example", True, id="public"),
        pytest.param("https://faces.example", True, "https://FACES.example:443", True, id="port"),
        pytest.param("https://faces.example", True, "http://faces.example", False, id="in clear"),
        pytest.param("https://faces.example", True, "https://{host}", True, id="by another name"),
        pytest.param("https://faces.example", True, "https://a:b", False, id="no port"),
    ],
)
def test_a_stream_is_opened_by_pages_of_this_origin(
    app: FastAPI,
    store: Store,
    address: str,
    public_url: str | None,
    https: bool,
    origin: str,
    opens: bool,
) -> None:
    gatekeeper = app.state.gatekeeper
    gatekeeper.https = https
    gatekeeper.settings = gatekeeper.settings.model_copy(update={"public_url": public_url})
    with browser(store, address, person(store, "ada")) as client:
        cookie = f"{COOKIE}={client.cookies[COOKIE]}"
    host = address.removeprefix("http://")
    headers = {"Cookie": cookie, "Origin": origin.format(host=host)}
    where = f"ws://{host}/try/stream"
    if opens:
        with connect(where, additional_headers=headers) as socket:
            assert socket.recv(timeout=5) == "ada"
        return
    with pytest.raises(InvalidStatus) as caught, connect(where, additional_headers=headers):
        pass
    assert caught.value.response.status_code == 403


def test_a_stream_without_the_right_is_refused(store: Store, address: str) -> None:
    auditor = person(store, "bob", Role.AUDITOR)
    with browser(store, address, auditor) as client:
        headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}", "Origin": address}
    where = address.replace("http:", "ws:") + "/try/stream"
    with pytest.raises(InvalidStatus) as caught, connect(where, additional_headers=headers):
        pass
    assert caught.value.response.status_code == 403


def test_a_stream_learns_that_its_credential_has_ended(
    store: Store, app: FastAPI, address: str, clock: Clock
) -> None:
    gatekeeper = app.state.gatekeeper
    eve = person(store, "eve", Role.OPERATOR)
    with (
        browser(store, address, eve),
        program(store, address, eve, {Permission.ALERT_READ}, hours=2),
    ):
        (session,) = store.sessions.of(eve.user_id, idle=gatekeeper.idle)
        (key,) = store.api_keys.page(eve.user_id, limit=10)
    by_session = eve.principal(f"session:{session.session_id}")
    by_key = key.principal(eve)
    assert gatekeeper.again(by_session) == by_session
    assert gatekeeper.again(by_key) == by_key
    scope = Scope(frozenset({"missing"}))
    store.people.change(eve.user_id, role=Role.VIEWER, scope=scope, disabled=False, actor="t")
    changed = gatekeeper.again(by_session)
    assert changed is not None
    assert (changed.role, changed.scope) == (Role.VIEWER, scope)
    clock.forward(hours=2)
    assert gatekeeper.again(by_session) is None
    assert gatekeeper.again(by_key) is None


def test_each_credential_has_its_own_pace(app: FastAPI, context: Context, store: Store) -> None:
    now = [0.0]
    limits = Limits(credential=Rate(per_s=1.0, burst=3), clock=lambda: now[0])
    cheaply(app, context, limits)
    with (
        served(app) as address,
        browser(store, address, person(store, "ada")) as ada,
        browser(store, address, person(store, "eve")) as eve,
    ):
        found = [ada.get("/try/who") for _ in range(4)]
        assert [answer.status_code for answer in found] == [200, 200, 200, 429]
        assert found[3].headers["Retry-After"] == "1"
        assert eve.get("/try/who").status_code == 200
        now[0] = 1.0
        assert ada.get("/try/who").status_code == 200


def test_an_address_without_a_credential_has_its_pace(app: FastAPI, context: Context) -> None:
    cheaply(app, context, Limits(address=Rate(per_s=1.0, burst=2), clock=lambda: 0.0))
    with served(app) as address:
        found = [httpx.get(f"{address}/try/who").status_code for _ in range(3)]
    assert found == [401, 401, 429]


def test_buckets_do_not_grow_without_end() -> None:
    limit = RateLimit(Rate(per_s=1.0, burst=1), most=100, clock=lambda: 0.0)
    for number in range(1000):
        limit.take(str(number))
    assert len(limit._buckets) == 100
    with pytest.raises(TooMany):
        limit.take("999")


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_one_machine_is_one_address(address: str, who: str) -> None:
    assert network(address) == who


def test_a_route_without_a_right_stops_the_server_from_being_made() -> None:
    router = APIRouter()

    @router.get("/open")
    def forgotten() -> str:
        return ""

    with pytest.raises(TypeError, match="/open declares no right"):
        permissions.mark([router])


def test_rights_stand_in_the_document(app: FastAPI) -> None:
    router = APIRouter(dependencies=[for_anyone])

    @router.get("/a")
    def a() -> str:
        return ""

    @router.get("/b")
    def b(principal: Reader) -> str:
        return principal.login

    permissions.mark([router])
    other = FastAPI()
    other.include_router(router)
    paths = other.openapi()["paths"]
    assert paths["/a"]["get"]["x-permission"] == "anyone"
    assert paths["/b"]["get"]["x-permission"] == "alert.read"
    assert paths["/b"]["get"]["security"] == [{"session": []}, {"key": []}]
