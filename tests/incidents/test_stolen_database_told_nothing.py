"""A copy of the database without the key: what was written through the interface is not in it.

Nothing broke here. Everything that a person types or that proves who they are is written once,
and so is a picture and a template of each kind. Then every file of the store is searched for it, as
text, as bytes, as hexadecimal digits and as base64: SQLite's file and its log; of PostgreSQL what
pg_dump writes, and the data directory with its write-ahead log.
"""

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pyotp
import pytest
from sqlalchemy import update

from facewarden.access.principal import Role
from facewarden.config.settings import Settings
from facewarden.data import (
    AlertLook,
    NewReference,
    Review,
    ReviewState,
    Snapshot,
    SubjectDetails,
    Templates,
)
from facewarden.store.open import Store, sqlite_url
from facewarden.store.tables import reference_image, template
from postgres_server import PostgresServer
from unit.server.conftest import Login, address, app, client, context, login, settings, store
from unit.store.making import NOW, an_alert

__all__ = ["address", "app", "client", "context", "login", "settings", "store"]

PASSWORD = "quay-lamp-Sorrel-71"
CAMERA_PASSWORD = "Umbra-3391-camera"
TYPED = {
    "name": "Zenobia Quarrington",
    "external_reference": "CASE-Zq-4471",
    "notes": "limps on the Ferntree side",
    "category": "Runaway-Zq",
    "legal_basis": "warrant Kestrel 12",
    "authorised_by": "Judge Halloway-Zq",
}


JPEG = bytes.fromhex("ffd8ffe000104a46494600010100")
"""How a JPEG (JFIF) begins: marker, length, name, version."""
CHANCE = np.random.default_rng(20261122)
PLANTED = {
    what: JPEG + CHANCE.bytes(3000)
    for what in ("photograph", "snapshot", "look", "what was searched with")
}
VECTORS = {
    what: Templates.normalised(CHANCE.standard_normal((1, 128)).astype(np.float32), "model")
    for what in ("template", "probe", "negative anchor")
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(settings: Settings, empty_file: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a new store, of each kind."""
    settings.store.data_dir.mkdir(mode=0o700)
    if request.param == "sqlite":
        shutil.copyfile(empty_file, settings.store.path)
        settings.store.path.chmod(0o600)
        yield sqlite_url(settings.store.path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def stolen(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], bytes]:
    """Return what reads everything that a thief of the database has."""

    def read() -> bytes:
        if url.startswith("sqlite"):
            files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
            assert any(path.name.endswith("-wal") for path in files)
            return b"\0".join(path.read_bytes() for path in files)
        server: PostgresServer = request.getfixturevalue("postgres")
        name = urlsplit(url).path[1:]
        files = server.files(name)
        assert any(path.parent.name == "pg_wal" for path in files)
        whole = b"\0".join([server.dump(name), *(path.read_bytes() for path in files)])
        return re.sub(rb"\0{32,}", bytes(32), whole)  # most of it is empty

    return read


@pytest.fixture
def biometrics(store: Store) -> dict[str, bytes]:
    """Store a picture and a template of each kind, and return how each begins."""
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Somebody"), "missing")
    face = NewReference(
        "a.jpg", PLANTED["photograph"], VECTORS["template"].vectors[0], "model", 0.9
    )
    store.watchlists.add_references(subject_id, [face])
    picture = Snapshot(PLANTED["snapshot"], 640, 360, (1, 2, 3, 4))
    look = AlertLook(1, NOW, 0.9, 0.5, replace(picture, jpeg=PLANTED["look"]))
    for number, what in enumerate(("probe", "negative anchor"), 1):
        one = an_alert(number, subject_id=subject_id, snapshot=picture, model_id="model")
        store.alerts.record(one, ["desk"], VECTORS[what], [look])
    rejected = Review(an_alert(2).alert_id, ReviewState.REJECTED, "ada", "is another", NOW)
    store.casework.judge(rejected, anchor=True)
    store.audit.append("ada", "test.search", "test", {}, picture=PLANTED["what was searched with"])
    # Past the head that all of them have, so that each is looked for by itself.
    pictures = {what: data[len(JPEG) : len(JPEG) + 12] for what, data in PLANTED.items()}
    templates = {what: found.vectors.tobytes()[:12] for what, found in VECTORS.items()}
    return {"any JPEG": JPEG[:11], **pictures, **templates}


def forms(plain: bytes) -> set[bytes]:
    """Return bytes as they may be written: as they are, in hexadecimal digits, in base64."""
    found = {plain, plain.hex().encode(), plain.hex().upper().encode()}
    # In base64, cut to whole groups, however it was shifted.
    for shift in range(3):
        coded = base64.b64encode(b" " * shift + plain)
        found.add(coded[4 : len(coded) // 4 * 4 - 4])
    return {form for form in found if len(form) > 7}


@pytest.fixture
def secrets(store: Store, login: Login, address: str) -> dict[str, str]:
    """Write everything that must not be read, and return it."""
    administrator = login(Role.ADMINISTRATOR)
    store.watchlists.ensure("missing")
    once = {"Idempotency-Key": "the-first-subject"}
    body = {"watchlist": "missing", "details": TYPED}
    assert administrator.post("/api/v1/subjects", json=body, headers=once).status_code == 201
    setup = {
        "source": "rtsp://operator:Larkspur-88@192.0.2.10/stream?token=Tamarind-5",
        "username": "watcher-Zq",
    }
    camera = {"id": "gate", "password": CAMERA_PASSWORD, "setup": setup}
    assert administrator.post("/api/v1/cameras", json=camera).status_code == 201
    now = datetime.now(UTC)
    plan = {
        "purpose": "find Quarrington-purpose",
        "place": "Harbour-Zq",
        "legal_basis": "decree Osprey",
        "cameras": ["gate"],
        "watchlists": ["missing"],
        "starts_at": (now + timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
        "ends_at": (now + timedelta(hours=2)).isoformat().replace("+00:00", "Z"),
    }
    made = administrator.post("/api/v1/deployments", json=plan)
    assert made.status_code == 201, made.text
    withdraw = f"/api/v1/deployments/{made.json()['deployment_id']}/withdraw"
    reason = "Pemberton was found"
    assert administrator.post(withdraw, json={"reason": reason}).status_code == 200
    invited = administrator.post(
        "/api/v1/users", json={"login": "grace", "role": "operator"}, headers=once
    ).json()
    with httpx.Client(base_url=address) as grace:
        taken = {"token": invited["invitation"], "password": PASSWORD}
        assert grace.post("/api/v1/session/invitation", json=taken).status_code == 204
        signing = {"login": "grace", "password": PASSWORD}
        state = grace.post("/api/v1/session", json=signing).json()
        grace.headers["X-CSRF-Token"] = state["csrf_token"]
        proposed = grace.post("/api/v1/session/totp", json={"password": PASSWORD}).json()
        code = pyotp.TOTP(proposed["secret"]).now()
        codes = grace.post("/api/v1/session/totp/confirm", json={"code": code}).json()["codes"]
        key = {
            "name": "a program",
            "permissions": ["alert.read"],
            "expires_at": (now + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
        }
        secret = grace.post("/api/v1/keys", json=key, headers=once).json()["secret"]
        session = grace.cookies["facewarden_session"]
    return TYPED | {
        "camera address": "Larkspur-88",
        "camera token": "Tamarind-5",
        "camera user": "watcher-Zq",
        "camera password": CAMERA_PASSWORD,
        "purpose": "Quarrington-purpose",
        "place": "Harbour-Zq",
        "deployment's legal basis": "decree Osprey",
        "reason": reason,
        "invitation": invited["invitation"],
        "password": PASSWORD,
        "authenticator": proposed["secret"],
        "recovery code": codes[0],
        "recovery code without dashes": codes[0].replace("-", ""),
        "key": secret.split("_", 2)[2],  # the words themselves may hold a "_"
        "session": session,
        "session's token": state["csrf_token"],
    }


def test_nothing_typed_or_secret_and_no_face_is_in_any_file(
    secrets: dict[str, str], biometrics: dict[str, bytes], stolen: Callable[[], bytes]
) -> None:
    found = stolen()
    assert b"missing" in found  # names of watchlists are in clear: the search finds what is there
    told = []
    for what, text in secrets.items():
        assert len(text) >= 8, what
        plain = text.encode()
        wanted = {text.encode("utf-16-le"), plain.lower(), plain.upper(), *forms(plain)}
        told += [what for form in wanted if form in found]
    for what, begins in biometrics.items():
        told += [what for form in forms(begins) if form in found]
    assert told == []


def test_the_search_finds_what_is_not_sealed(
    biometrics: dict[str, bytes], store: Store, stolen: Callable[[], bytes]
) -> None:
    """Guards the test above: where a picture and a template lie open, they are found."""
    vector = VECTORS["template"].vectors.tobytes()
    with store._database.write() as connection:
        connection.execute(update(reference_image).values(sealed=PLANTED["photograph"]))
        connection.execute(update(template).values(sealed=vector))
    found = stolen()
    told = {what for what, begins in biometrics.items() for form in forms(begins) if form in found}
    assert told == {"any JPEG", "photograph", "template"}
