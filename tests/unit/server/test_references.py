"""Uploads through the real models, on faces of the shared folder."""

import base64
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from facewarden.access.principal import Role, Scope
from facewarden.config.settings import Settings
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.conftest import Login

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def lists(store: Store, models_dir: Path) -> None:
    store.watchlists.ensure("missing")
    store.watchlists.ensure("barred")


@pytest.fixture
def people(shared: Path) -> list[Path]:
    """Return people with two photographs or more."""
    folders = sorted((shared / "data" / "lfw-dev").rglob("*_0002.jpg"))
    found = [path.parent for path in folders]
    assert len(found) > 3
    return found


def new(client: httpx.Client, name: str, watchlist: str = "missing") -> int:
    body = {"details": {"name": name}, "watchlist": watchlist}
    return int(client.post("/api/v1/subjects", json=body).json()["subject_id"])


def photographs(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))[:2]]


def test_a_photograph_becomes_a_reference_and_is_found(
    administrator: httpx.Client, people: list[Path], store: Store, login: Login
) -> None:
    first, second = photographs(people[0])
    subject_id = new(administrator, "Ann")
    path = f"/api/v1/subjects/{subject_id}/references"
    key = {"Idempotency-Key": "abcdefgh"}
    added = administrator.post(path, content=first, params={"filename": "a.jpg"}, headers=key)
    assert added.status_code == 201, added.text
    assert added.json()["outcome"] == "added"
    assert 0 < added.json()["quality"] <= 1
    again = administrator.post(path, content=first, params={"filename": "a.jpg"}, headers=key)
    assert again.json() == added.json()
    assert administrator.post(path, content=first).json()["outcome"] == "already there"
    (reference,) = administrator.get(path).json()
    assert reference["source_name"] == "a.jpg"
    image = administrator.get(f"/api/v1/references/{reference['reference_id']}/image")
    x1, y1, x2, y2 = map(int, image.headers["x-face-box"].split(","))
    width_px, height_px = Pillow.open(io.BytesIO(image.content)).size
    # The faces of this set stand in the middle of their pictures.
    assert x1 < width_px / 2 < x2
    assert y1 < height_px / 2 < y2
    assert 0.2 < (y2 - y1) / height_px < 0.8

    image = administrator.get(f"/api/v1/references/{reference['reference_id']}/image")
    assert image.headers["content-type"] == "image/jpeg"
    assert Pillow.open(io.BytesIO(image.content)).size == Pillow.open(io.BytesIO(first)).size
    assert store.audit.tail(1)[0].action == "reference.read_image"

    asked = {
        "image": base64.b64encode(second).decode(),
        "purpose": "test",
        "legal_basis": "test",
        "reference": "WARRANT-1",
    }
    found = administrator.post("/api/v1/search", json=asked)
    assert found.status_code == 200, found.text
    best = found.json()["faces"][0]["candidates"][0]
    assert (best["subject_id"], best["judgement"]) == (subject_id, "candidate")
    begun = [event for event in store.audit.tail(10) if event.action == "lookup.begin"]
    assert begun[0].actor == "administrator-1"
    assert store.audit.picture(begun[0].position).startswith(b"\xff\xd8\xff")

    limited = login(Role.OPERATOR, Scope(watchlists=frozenset({"barred"})))
    blind = limited.post("/api/v1/search", json=asked).json()
    assert blind["watchlists"] == ["barred"]
    assert blind["faces"][0]["candidates"] == []
    theirs = limited.post("/api/v1/search", json=asked | {"watchlists": ["missing"]})
    assert theirs.status_code == 404
    assert limited.get(f"/api/v1/references/{reference['reference_id']}").status_code == 404

    tag = administrator.get(f"/api/v1/references/{reference['reference_id']}").headers["etag"]
    gone = administrator.delete(
        f"/api/v1/references/{reference['reference_id']}", headers={"If-Match": tag}
    )
    assert gone.status_code == 204


def jpeg(colour: str = "grey", size: tuple[int, int] = (400, 300)) -> bytes:
    written = io.BytesIO()
    Pillow.new("RGB", size, colour).save(written, "JPEG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (jpeg(), "no face found"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"GIF89a", "damaged"),
        (b"", "no body"),
    ],
)
def test_what_cannot_be_a_reference(
    administrator: httpx.Client, content: bytes, words: str
) -> None:
    subject_id = new(administrator, "Ann")
    answer = administrator.post(f"/api/v1/subjects/{subject_id}/references", content=content)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_nobody_uploads_without_the_right(login: Login, client: httpx.Client) -> None:
    path = "/api/v1/subjects/1/references"
    assert client.post(path, content=jpeg()).status_code == 401
    assert login(Role.VIEWER).post(path, content=jpeg()).status_code == 403
    assert login(Role.SUPERVISOR).post(path, content=jpeg()).status_code == 404


def packed(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def done(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    for _ in range(600):
        job = client.get(f"/api/v1/jobs/{job['job_id']}").json()
        if job["ended_at"] is not None:
            break
        time.sleep(0.05)
    return job


def test_an_archive(administrator: httpx.Client, people: list[Path], login: Login) -> None:
    files = {
        f"all/{folder.name}/{number}.jpg": data
        for folder in people[:2]
        for number, data in enumerate(photographs(folder))
    }
    archive = packed(files | {"all/Nobody/1.jpg": jpeg(), "__MACOSX/x": b"junk"})
    answer = administrator.post(
        "/api/v1/references/import", params={"watchlist": "missing"}, content=archive
    )
    job = done(administrator, answer)
    assert (job["state"], job["done"], job["total"]) == ("done", 5, 5), job
    assert job["counts"] == {"added": 4, "refused": 1}
    subjects = administrator.get("/api/v1/subjects").json()["items"]
    names = {one["details"]["name"]: one["references"] for one in subjects}
    assert names == {folder.name.replace("_", " "): 2 for folder in people[:2]}
    other = login(Role.SUPERVISOR)
    assert other.get(f"/api/v1/jobs/{job['job_id']}").status_code == 404
    assert [one["job_id"] for one in administrator.get("/api/v1/jobs").json()] == [job["job_id"]]


def test_a_list_in_force(administrator: httpx.Client, context: Context, tmp_path: Path) -> None:
    nowhere = {"models": {"cache_dir": str(tmp_path / "models")}}
    context.settings = Settings.model_validate(
        context.settings.model_dump(exclude_unset=True) | nowhere
    )
    found = administrator.get("/api/v1/watchlists/missing")
    assert found.json()["in_force"]["follows"].startswith("decision.fpir")
    tag = {"If-Match": found.headers["etag"]}
    path = "/api/v1/watchlists/missing"
    both = {"threshold": 0.5, "fpir": 0.001}
    assert administrator.put(path, json=both, headers=tag).status_code == 422
    assert administrator.put(path, json={"fpir": 0.001}).status_code == 428
    wanted = {"false_alerts_per_day": 1.0, "presentation": "hold"}
    refused = administrator.put(path, json=wanted, headers=tag)
    assert (refused.status_code, "no model can tell" in refused.text) == (422, True)
    new = {"name": "asks", "settings": wanted}
    assert administrator.post("/api/v1/watchlists", json=new).status_code == 422
    models = {"presentation_picture": "any-model"}
    context.settings = Settings.model_validate(
        context.settings.model_dump(exclude_unset=True) | {"models": models}
    )
    unknown = wanted | {"presentation": "sometimes"}
    assert administrator.put(path, json=unknown, headers=tag).status_code == 422
    done = administrator.put(path, json=wanted, headers=tag)
    assert done.status_code == 200, done.text
    assert found.json()["settings"]["presentation"] == "off"
    assert done.json()["settings"]["presentation"] == "hold"
    assert done.json()["presentation_in_force"] == "hold"
    said = [{"name": "missing", "presentation": "annotate"}]
    context.settings = Settings.model_validate(
        context.settings.model_dump(exclude_unset=True) | {"watchlists": said}
    )
    assert administrator.get(path).json()["presentation_in_force"] == "annotate"
    assert done.json()["in_force"]["follows"].startswith("1 false alerts a day")
    assert administrator.put(path, json={"fpir": 0.001}, headers=tag).status_code == 412
    names = [one["name"] for one in administrator.get("/api/v1/watchlists").json()]
    assert names == ["barred", "missing"]
    made = administrator.post("/api/v1/watchlists", json={"name": "new"})
    assert made.status_code == 201
    assert administrator.post("/api/v1/watchlists", json={"name": "new"}).status_code == 409
