"""A subject whom one may not see was read, and its name unsealed, before the answer was 404.

So the answer took longer than for an id that nobody has; alerts, photographs and cameras likewise.
Sightings of a hidden subject were read by the thousand, and the cursor counted them. Now one
question to the store decides, the same for both. Counted here are the statements: times are noise.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import event

from facewarden.access.principal import Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data import NewReference, SubjectDetails
from facewarden.data.deployment import DeploymentPlan
from facewarden.data.sighting import Sighting
from facewarden.store.audit_filter import AuditWanted
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store
from factories import alert
from unit.server.conftest import (
    Login,
    address,
    app,
    client,
    context,
    login,
    settings,
    store,
)

__all__ = ["address", "app", "client", "context", "login", "settings", "store"]

SEEN = frozenset({"seen"})
GATE = frozenset({"gate"})
SCOPES = {
    "limited to lists": Scope(watchlists=SEEN),
    "limited to cameras": Scope(camera_groups=GATE),
    "limited to both": Scope(SEEN, GATE),
}


@pytest.fixture
def hidden(store: Store) -> dict[str, str]:
    """Fill a store with what somebody limited to the list `seen` and group `gate` may not see."""
    for name in ("seen", "hidden"):
        store.watchlists.ensure(name)
    subject_id = store.watchlists.add_subject(SubjectDetails("Ann", "CASE-1"), "hidden")
    (reference_id,) = store.watchlists.add_references(
        subject_id, [NewReference("a.jpg", b"image", np.full(4, 0.5, np.float32), "model", 0.9)]
    )
    store.cameras.create(CameraSettings(id="yard", source="rtsp://192.0.2.1/", group="yard"))
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.2/", group="gate"))
    now = datetime.now(UTC)
    one = replace(alert(1), subject_id=subject_id, watchlist="hidden", camera_id="yard")
    store.alerts.record(one, [])
    store.sightings.record(
        Sighting(
            sighting_id="track-1",
            camera_id="yard",
            watchlist="hidden",
            subject_id=subject_id,
            alert_id=one.alert_id,
            first_seen_at=now,
            last_seen_at=now,
            similarity=0.6,
            looks=3,
        )
    )
    made = store.deployments.propose(
        DeploymentPlan(
            purpose="p",
            place="p",
            legal_basis="l",
            cameras=("yard",),
            watchlists=("hidden",),
            starts_at=now + timedelta(hours=1),
            ends_at=now + timedelta(hours=2),
        ),
        "ada",
        cameras={"yard"},
    )
    return {
        "subject": str(subject_id),
        "reference": str(reference_id),
        "alert": one.alert_id,
        "camera": "yard",
        "deployment": str(made.deployment_id),
    }


UNKNOWN = {
    "subject": "987654",
    "reference": "987654",
    "alert": "f" * 32,
    "camera": "attic",
    "deployment": "987654",
}
PATHS = (
    ("/api/v1/subjects/{subject}", {"limited to lists", "limited to both"}),
    ("/api/v1/subjects/{subject}/references", {"limited to lists", "limited to both"}),
    ("/api/v1/subjects/{subject}/held-back", {"limited to lists", "limited to both"}),
    ("/api/v1/references/{reference}", {"limited to lists", "limited to both"}),
    ("/api/v1/references/{reference}/image", {"limited to lists", "limited to both"}),
    ("/api/v1/alerts/{alert}", set(SCOPES)),
    ("/api/v1/alerts/{alert}/looks", set(SCOPES)),
    ("/api/v1/alerts/{alert}/snapshot", set(SCOPES)),
    ("/api/v1/alerts/{alert}/reference", set(SCOPES)),
    ("/api/v1/casework/alerts/{alert}", set(SCOPES)),
    ("/api/v1/cameras/{camera}", {"limited to cameras", "limited to both"}),
    ("/api/v1/deployments/{deployment}", set(SCOPES)),
    ("/api/v1/alerts?subject={subject}", {"limited to lists", "limited to both"}),
    ("/api/v1/sightings?subject={subject}", set(SCOPES)),
)


class Statements:
    """Counts what a store is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, _: object, __: object, statement: str, *___: object) -> None:
        self.asked.append(statement)


@pytest.fixture
def statements(store: Store) -> Iterator[Statements]:
    counted = Statements()
    engine = store._database.engine
    event.listen(engine, "before_cursor_execute", counted)
    yield counted
    event.remove(engine, "before_cursor_execute", counted)


@pytest.mark.parametrize("scope", SCOPES)
def test_it_costs_the_same(
    scope: str, hidden: dict[str, str], login: Login, statements: Statements
) -> None:
    viewer = login(Role.VIEWER, SCOPES[scope])
    viewer.get("/api/v1/cameras")  # that the key was used is written down once a minute
    compared = 0
    for path, scopes in PATHS:
        if scope not in scopes:
            continue
        told = []
        for names in (hidden, UNKNOWN):
            statements.asked.clear()
            answer = viewer.get(path.format(**names))
            told.append((answer.status_code, answer.content, list(statements.asked)))
        assert told[0] == told[1], path
        compared += 1
    assert compared > 5


def test_a_case_number_of_somebody_hidden_is_free_like_any(
    hidden: dict[str, str], login: Login, statements: Statements, store: Store
) -> None:
    writer = login(Role.SUPERVISOR, Scope(watchlists=SEEN))
    writer.get("/api/v1/subjects")  # that the key was used is written down once a minute

    def new(number: str) -> dict[str, object]:
        return {"watchlist": "seen", "details": {"name": "Bea", "external_reference": number}}

    told: list[list[object]] = []
    for number in ("CASE-1", "CASE-2"):  # somebody hidden has the first, nobody the second
        own: list[object] = []
        for method, path, body in (
            ("POST", "/api/v1/subjects", new(number)),
            ("PATCH", "/api/v1/subjects/{id}", {"external_reference": f"{number}-other"}),
            ("PATCH", "/api/v1/subjects/{id}", {"external_reference": number}),
            ("POST", "/api/v1/subjects", new(number)),  # their own has it now
        ):
            subject_id = own[0] if own else 0
            where = path.format(id=subject_id)
            etag = writer.get(where).headers.get("ETag", "") if method == "PATCH" else ""
            statements.asked.clear()
            answer = writer.request(method, where, json=body, headers={"If-Match": etag})
            asked = list(statements.asked)
            if not own:
                own.append(answer.json()["subject_id"])
            said = answer.text.replace(str(own[0]), "ID").replace(number, "NUMBER")
            own.append((answer.status_code, said if answer.is_error else "", asked))
        told.append(own)
    assert told[0][1:] == told[1][1:]
    assert [one[0] for one in told[0][1:]] == [201, 200, 200, 409]  # type: ignore[index]
    found = store.audit.page(wanted=AuditWanted(action="subject.add"), limit=10)
    twice = [one.details.get("same_number") for one in found]
    assert twice == [None, [int(hidden["subject"])], None]


def test_the_cursor_of_sightings_does_not_count_hidden_ones(
    hidden: dict[str, str], login: Login, store: Store
) -> None:
    (one,) = store.sightings.find()
    own = store.watchlists.add_subject(SubjectDetails("Bea"), "seen")
    for number in range(2):
        at = one.last_seen_at - timedelta(minutes=number + 1)
        mine = replace(one, sighting_id=f"own-{number}", subject_id=own, watchlist="seen")
        store.sightings.record(replace(mine, camera_id="gate", first_seen_at=at, last_seen_at=at))
    cursors = []
    for scope in (Scope(SEEN, GATE), Scope()):
        answer = login(Role.VIEWER, scope).get("/api/v1/sightings?watchlist=seen&limit=1").json()
        cursors.append(answer["next"])
    limited = login(Role.VIEWER, Scope(SEEN, GATE)).get("/api/v1/sightings?limit=1").json()
    assert len(set(cursors)) == 1
    assert limited["next"] == cursors[0]
    assert limited["items"][0]["watchlist"] == "seen"


def test_key_is_ours(store: Store) -> None:
    """The store of these tests is sealed: nothing here is cheap because it is in clear."""
    assert isinstance(store.watchlists._key, TemplateKey)
