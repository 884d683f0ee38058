"""A copy of the database without the key: what was written through the interface is not in it.

Nothing broke here. Everything that a person types or that proves who they are is written once,
and then every file of the store is searched for it, as text and as base64.
"""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest

from facewarden.access.principal import Role
from facewarden.store.open import Store
from unit.server.conftest import Login, address, app, client, context, login, settings, store

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
        "key": secret.removeprefix("fw_").split("_")[-1],
        "session": session,
        "session's token": state["csrf_token"],
    }


def test_nothing_typed_or_secret_is_in_any_file(
    secrets: dict[str, str], store: Store, tmp_path: Path
) -> None:
    files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    found = b"\0".join(path.read_bytes() for path in files)
    assert b"missing" in found  # names of watchlists are in clear: the search finds what is there
    told = []
    for what, text in secrets.items():
        assert len(text) >= 8, what
        plain = text.encode()
        forms = {plain, plain.lower(), plain.upper(), text.encode("utf-16-le")}
        # In base64, cut to whole groups, however the text was shifted.
        for shift in range(3):
            coded = base64.b64encode(b" " * shift + plain)
            forms.add(coded[4 : len(coded) // 4 * 4 - 4])
        told += [what for form in forms if len(form) > 7 and form in found]
    assert told == []
