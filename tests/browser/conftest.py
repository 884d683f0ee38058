"""A real store, the real server on loopback, and people at a headless Chromium."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from conftest import absent
from facewarden.access.account import Account
from facewarden.access.principal import Role, Scope
from facewarden.config.models import ModelsSettings
from facewarden.config.server import ServerSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.data import (
    Alert,
    AlertLook,
    NewReference,
    Opinion,
    Presentation,
    Snapshot,
    SubjectDetails,
)
from facewarden.data.casework import WatchlistRules
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.server.gatekeeper import COOKIE
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from factories import MODEL, alert, unit_rows
from loopback import served
from unit.server.signing import cheaply, person

CHROMIUM = "chromium"
DESK = (1440, 900)
TABLET = (768, 1024)
SERIOUS = {"serious", "critical"}
SECONDS = 1000.0
ARGUMENTS = ["--no-sandbox"]  # root has none in Chromium; it opens no pages but ours
expect.set_options(timeout=20 * SECONDS)  # of a busy machine; most things are there at once


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; while it runs, this thread has an event loop that others cannot bear."""
    path = shutil.which(CHROMIUM)
    if path is None:
        absent("no chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # Clips of tests lie in several folders.
    return Settings(
        store=StoreSettings(data_dir=tmp_path / "data"),
        server=ServerSettings(recordings=(Path("/"),)),
        # Named, so that a watchlist may ask for it; nothing here runs it.
        models=ModelsSettings(presentation_picture="minifasnet-v2se-128"),
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(sqlite_url(settings.store.path), key, actor="tester") as opened:
        yield opened


@pytest.fixture
def context(settings: Settings, store: Store) -> Context:
    return Context(settings, store)


@pytest.fixture
def app(context: Context) -> FastAPI:
    made = create_app(context)
    cheaply(made, context)
    return made


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Where the application is served; its lifetimes run."""
    with served(app) as url:
        yield url


class Desk:
    """Somebody's browser; what it says on its console is kept."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        self.abroad: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note)
        page.on("request", self._request)

    def open(self, hash_: str = "") -> Page:
        """Go to a page of the dashboard."""
        self.page.goto(f"{self.address}/{hash_}")
        return self.page

    def require_sound(self) -> None:
        """Check that the page had no fault, broke no policy, and asked nobody else."""
        assert self.faults == []
        assert self.abroad == []

    def _note(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        kind = getattr(message, "type", "")
        # Chromium writes every answer of 4xx as an error; those are the page's to handle.
        if kind == "error" and "Failed to load resource" not in text and "WebSocket" not in text:
            self.faults.append(text)

    def _request(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.address, "data:", "blob:")):
            self.abroad.append(url)


Sits = Callable[..., Desk]


@pytest.fixture
def stranger(chromium: Browser, address: str) -> Iterator[Desk]:
    """Somebody who is not signed in."""
    with chromium.new_context(viewport=_size(DESK)) as browser:
        desk = Desk(browser.new_page(), address)
        yield desk
        desk.require_sound()


@pytest.fixture
def sits(chromium: Browser, store: Store, address: str) -> Iterator[Sits]:
    """Return what seats somebody of a role at a browser, signed in."""
    with ExitStack() as stack:
        desks: list[Desk] = []

        def seat(
            role: Role = Role.OPERATOR,
            login: str = "ada",
            scope: Scope = Scope(),  # noqa: B008  frozen
            size: tuple[int, int] = DESK,
            theme: str = "light",
        ) -> Desk:
            account = person(store, login, role, scope)
            browser = stack.enter_context(
                chromium.new_context(
                    viewport=_size(size),
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                )
            )
            browser.add_cookies([cookie(store, account, address)])
            desk = Desk(browser.new_page(), address)
            desk.page.set_default_timeout(20 * SECONDS)
            desks.append(desk)
            return desk

        yield seat
        for desk in desks:
            desk.require_sound()


def cookie(store: Store, account: Account, address: str) -> SetCookieParam:
    """Begin a session; return its cookie as Playwright takes it."""
    secret, _ = store.sessions.begin(
        account.user_id, lasts=timedelta(hours=1), address="", agent="test", how="test"
    )
    return {"name": COOKIE, "value": secret, "url": address}


class Scene:
    """A subject on a watchlist, and what raises alerts of it; pictures are drawn, not faces."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._numbers = count(1)
        store.watchlists.ensure("missing")
        self.subject_id = store.watchlists.add_subject(
            SubjectDetails("Jane <b>Doe</b> عالية", "CASE-1", "missing"), "missing"
        )
        drawn = NewReference("jane.jpg", drawing((90, 140, 200)), unit_rows(1, 1)[0], MODEL, 0.8)
        (self.reference_id,) = store.watchlists.add_references(self.subject_id, [drawn])

    def rules(self, **wanted: bool) -> None:
        """Say how alerts of the watchlist are to be worked on."""
        self.store.casework.set_rules("missing", WatchlistRules(**wanted), "tester")

    def raises(
        self,
        *,
        revision: int = 1,
        number: int | None = None,
        looks: int = 0,
        opinion: Opinion | None = None,
        presentation: Presentation | None = None,
        held: bool = False,
        strip: int = 0,
    ) -> Alert:
        """Record an alert, decided now; `strip` looks were judged for presentation attacks."""
        chosen = next(self._numbers) if number is None else number
        now = datetime.now(UTC)
        made = replace(
            alert(chosen, revision=revision),
            subject_id=self.subject_id,
            subject_name="Jane <b>Doe</b> عالية",
            reference_id=self.reference_id,
            snapshot=Snapshot(drawing((200, 150, 80)), 320, 240, (130, 70, 190, 140)),
            seen_at=now - timedelta(seconds=2),
            last_seen_at=now,
            received_at=now,
            decided_at=now,
            second_opinion=opinion,
            presentation=presentation,
            held=held,
        )
        shown = None
        if strip:
            tiles = [drawing((200, 150, 40 + 30 * number)) for number in range(strip)]
            shown = side_by_side(tiles)
        self.store.alerts.record(made, ["desk"], None, self.looks(looks), shown)
        return made

    def looks(self, many: int) -> list[AlertLook]:
        """Return so many looks, the later the better; the first is like nobody."""
        return [
            AlertLook(
                number,
                datetime.now(UTC) - timedelta(seconds=many - number),
                0.5 + number / 50,
                0.4 + number / 100 if number > 1 else None,
                Snapshot(drawing((200, 150, 40 + 15 * number)), 320, 240, (130, 70, 190, 140)),
            )
            for number in range(1, many + 1)
        ]


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


def drawing(colour: tuple[int, int, int]) -> bytes:
    """Return a JPEG of an oval on a ground."""
    image = np.full((240, 320, 3), 70, np.uint8)
    cv2.ellipse(image, (160, 105), (30, 38), 0, 0, 360, colour, -1)
    done, data = cv2.imencode(".jpg", image)
    assert done
    return data.tobytes()


def side_by_side(jpegs: list[bytes]) -> Snapshot:
    """Return pictures of one size as one."""
    tiles = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for one in jpegs]
    strip = np.concatenate([tile[:, 40:280] for tile in tiles if tile is not None], axis=1)
    done, data = cv2.imencode(".jpg", strip)
    assert done
    height, width = strip.shape[:2]
    return Snapshot(data.tobytes(), width, height, (0, 0, width, height))


def require_accessible(page: Page) -> None:
    """Check that axe-core finds no serious fault in what is shown."""
    # Injected by Playwright: the policy of the page refuses scripts that it did not bring.
    found = Axe().run(page)
    bad = [one for one in found.response["violations"] if one["impact"] in SERIOUS]
    assert not bad, [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in bad]


def _size(size: tuple[int, int]) -> ViewportSize:
    return {"width": size[0], "height": size[1]}
