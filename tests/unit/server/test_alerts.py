import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data import (
    Opinion,
    Presentation,
    PresentationVerdict,
    Snapshot,
    SubjectDetails,
)
from facewarden.data.sighting import Sighting
from facewarden.store.open import Store
from factories import alert
from unit.server.conftest import Login
from unit.store.making import a_look, a_probe

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def subject_id(store: Store) -> int:
    store.watchlists.ensure("missing")
    store.watchlists.ensure("barred")
    return store.watchlists.add_subject(SubjectDetails("Ann"), "missing")


@pytest.fixture
def raised(store: Store, subject_id: int) -> list[str]:
    """Record three alerts at the gate and one elsewhere on another list."""
    now = datetime.now(UTC)
    for number in range(1, 5):
        seen = now + timedelta(seconds=number)
        one = replace(
            alert(number),
            subject_id=subject_id,
            watchlist="barred" if number == 4 else "missing",
            camera_id="yard" if number == 4 else "gate",
            snapshot=Snapshot(JPEG, 100, 80, (1, 2, 30, 40)),
            seen_at=seen,
            last_seen_at=seen,
            received_at=seen,
            decided_at=seen,
        )
        store.alerts.record(one, ["sink"])
        store.sightings.record(
            Sighting(
                sighting_id=f"track-{number}",
                camera_id=one.camera_id,
                watchlist=one.watchlist,
                subject_id=subject_id,
                alert_id=one.alert_id,
                first_seen_at=seen,
                last_seen_at=seen,
                similarity=0.61,
                looks=3,
            )
        )
    return [f"{number:032x}" for number in range(1, 5)]


def ids(answer: httpx.Response) -> list[str]:
    return [one["alert_id"] for one in answer.json()["items"]]


def test_the_queue_newest_first_in_pages(administrator: httpx.Client, raised: list[str]) -> None:
    first = administrator.get("/api/v1/alerts", params={"limit": 3})
    assert ids(first) == list(reversed(raised))[:3]
    rest = administrator.get("/api/v1/alerts", params={"cursor": first.json()["next"]})
    assert ids(rest) == raised[:1]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"camera": "gate"}, [2, 1, 0]),
        ({"camera": "nowhere"}, []),
        ({"watchlist": "barred"}, [3]),
        ({"state": "confirmed"}, []),
        ({"subject": "77"}, []),
        ({"work": "new"}, [3, 1, 0]),
        ({"work": ["acknowledged", "escalated"]}, [2]),
        ({"work": "confirmed", "assignee": ""}, []),
        ({"assignee": "ada"}, [2]),
        ({"assignee": "ada", "work": "acknowledged", "camera": "gate"}, [2]),
        ({"assignee": "bob"}, []),
        ({"assignee": ""}, [3, 1, 0]),
        ({"since": "2001-01-01T00:00:00Z", "until": "2002-01-01T00:00:00Z"}, []),
    ],
)
def test_filters(
    administrator: httpx.Client,
    raised: list[str],
    store: Store,
    filters: dict[str, str],
    numbers: list[int],
) -> None:
    store.casework.acknowledge(raised[2], "ada")
    store.casework.hand_over(raised[2], "ada", "ada")
    assert ids(administrator.get("/api/v1/alerts", params=filters)) == [
        raised[number] for number in numbers
    ]


def test_everything_that_is_known_of_one(administrator: httpx.Client, raised: list[str]) -> None:
    found = administrator.get(f"/api/v1/alerts/{raised[0]}").json()
    assert found["alert"]["subject"]["name"] == "Maximiliane Quastenflosser"
    assert found["alert"]["seen_at"].endswith("Z")
    assert [one["sighting_id"] for one in found["sightings"]] == ["track-1"]
    assert found["deliveries"][0]["sink"] == "sink"
    assert "not known" in found["likeness"]["words"]  # another model raised it


def test_the_snapshot_and_that_it_was_read(
    administrator: httpx.Client, raised: list[str], store: Store
) -> None:
    got = administrator.get(f"/api/v1/alerts/{raised[0]}/snapshot")
    assert (got.content, got.headers["content-type"]) == (JPEG, "image/jpeg")
    assert got.headers["x-face-box"] == "1,2,30,40"
    assert got.headers["cache-control"] == "no-store"
    newest = store.audit.tail(1)[0]
    assert (newest.action, newest.actor) == ("alert.read_snapshot", "administrator-1")
    assert administrator.get(f"/api/v1/alerts/{raised[0]}/reference").status_code == 404


def test_the_looks_and_that_they_were_read(
    administrator: httpx.Client, raised: list[str], store: Store
) -> None:
    assert administrator.get(f"/api/v1/alerts/{raised[1]}/looks").json() == {"looks": []}
    assert administrator.get(f"/api/v1/alerts/{raised[1]}").json()["pictured"] == []
    store.alerts.keep_looks(raised[0], [a_look(1), a_look(3, quality=0.99, similarity=None)])
    assert administrator.get(f"/api/v1/alerts/{raised[0]}").json()["pictured"] == [1, 3]
    before = store.audit.tail(1)[0].position
    got = administrator.get(f"/api/v1/alerts/{raised[0]}/looks")
    assert got.headers["cache-control"] == "no-store"
    best, other = got.json()["looks"]
    assert base64.b64decode(best["jpeg"], validate=True) == a_look(3).picture.jpeg
    assert (best["number"], best["quality"], best["similarity"]) == (3, 0.99, None)
    assert (other["number"], other["similarity"], other["box"]) == (1, 0.51, [10, 20, 110, 140])
    assert other["seen_at"].endswith("Z")
    (newest,) = store.audit.tail(1)
    assert newest.position == before + 1  # all of them are one reading
    assert (newest.action, newest.actor) == ("alert.read_looks", "administrator-1")


ATTACK = Presentation(
    PresentationVerdict.ATTACK, 0.12, 0.5, 0.2, 0.05, 5, ("minifasnet-v2", "clip-v1")
)
STRIP = Snapshot(b"\xff\xd8 five looks", 1120, 224, (0, 0, 1120, 224))


def test_what_presentation_attack_detection_said_and_saw(
    administrator: httpx.Client, store: Store
) -> None:
    store.alerts.record(alert(6), [])
    store.alerts.record(replace(alert(7), presentation=ATTACK, held=True), ["desk"], strip=STRIP)
    unasked, held = (administrator.get(f"/api/v1/alerts/{number:032x}").json() for number in (6, 7))
    assert (unasked["alert"]["presentation"], unasked["alert"]["held"]) == (None, False)
    assert unasked["presentation_picture"] is False
    assert held["alert"]["presentation"] == {
        "verdict": "attack",
        "live": 0.12,
        "threshold": 0.5,
        "picture": 0.2,
        "clip": 0.05,
        "looks": 5,
        "models": ["minifasnet-v2", "clip-v1"],
        "reason": "",
    }
    assert (held["alert"]["held"], held["deliveries"]) == (True, [])
    assert held["presentation_picture"] is True
    listed = {
        asked: [
            one["alert_id"] for one in administrator.get(f"/api/v1/alerts?{asked}").json()["items"]
        ]
        for asked in ("held=true", "held=false")
    }
    assert listed == {"held=true": [f"{7:032x}"], "held=false": [f"{6:032x}"]}
    got = administrator.get(f"/api/v1/alerts/{7:032x}/presentation-picture")
    assert (got.content, got.headers["content-type"]) == (STRIP.jpeg, "image/jpeg")
    assert got.headers["cache-control"] == "no-store"
    newest = store.audit.tail(1)[0]
    assert newest.action == "alert.read_presentation_picture"
    assert newest.actor == "administrator-1"
    assert administrator.get(f"/api/v1/alerts/{6:032x}/presentation-picture").status_code == 404


@pytest.mark.parametrize(
    ("given", "held_back"),
    [({}, False), ({"hold_back": False}, False), ({"hold_back": True}, True)],
    ids=["by itself", "asked not to", "asked to"],
)
def test_rejecting_a_picture_of_the_subject_does_not_hide_the_subject(
    administrator: httpx.Client, store: Store, given: dict[str, bool], held_back: bool
) -> None:
    subject = store.watchlists.add_subject(SubjectDetails("Ann"), store.watchlists.ensure("w").name)
    one = replace(alert(7), subject_id=subject, watchlist="w", presentation=ATTACK, held=True)
    store.alerts.record(one, [], a_probe(1, model_id=one.model_id))
    body = {"state": "rejected", "reason": "a photograph", "even_so": True} | given
    answer = administrator.post(f"/api/v1/alerts/{one.alert_id}/reviews", json=body)
    assert answer.status_code == 201
    assert answer.json()["alert"]["held_back"] is held_back
    assert len(store.anchors.of_model(one.model_id)) == held_back


def test_what_a_second_model_said(administrator: httpx.Client, store: Store) -> None:
    answered = Opinion("dlib-resnet-v1", 0.95, looks=3, first=0.45)
    store.alerts.record(replace(alert(8), second_opinion=answered), [])
    store.alerts.record(replace(alert(9), second_opinion=Opinion("b", waiting=True)), [])
    store.alerts.record(alert(7), [])
    told = [
        administrator.get(f"/api/v1/alerts/{number:032x}").json()["alert"]["second_opinion"]
        for number in (7, 8, 9)
    ]
    assert told[:2] == [
        None,
        {
            "model_id": "dlib-resnet-v1",
            "similarity": 0.95,
            "looks": 3,
            "first_similarity": 0.45,
            "problem": "",
        },
    ]
    assert (told[2]["similarity"], told[2]["problem"]) == (None, "no answer yet")


def test_a_verdict(administrator: httpx.Client, raised: list[str]) -> None:
    path = f"/api/v1/alerts/{raised[0]}/reviews"
    assert administrator.post(path, json={"state": "unreviewed"}).status_code == 422
    assert administrator.post(path, json={"state": "rejected"}).status_code == 422
    done = administrator.post(path, json={"state": "rejected", "reason": "somebody else"})
    assert done.status_code == 201, done.text
    assert done.json()["alert"]["state"] == "rejected"
    assert done.json()["alert"]["work"] == "rejected"
    (verdict,) = administrator.get(f"/api/v1/alerts/{raised[0]}").json()["verdicts"]
    assert (verdict["reviewer"], verdict["reason"]) == ("administrator-1", "somebody else")
    assert ids(administrator.get("/api/v1/alerts", params={"state": "rejected"})) == raised[:1]


def test_a_viewer_reads_but_does_not_judge(login: Login, raised: list[str]) -> None:
    viewer = login(Role.VIEWER)
    assert len(ids(viewer.get("/api/v1/alerts"))) == 4
    path = f"/api/v1/alerts/{raised[0]}/reviews"
    assert viewer.post(path, json={"state": "confirmed"}).status_code == 403


def test_scopes_of_lists_and_cameras(login: Login, raised: list[str], store: Store) -> None:
    by_list = login(Role.OPERATOR, Scope(watchlists=frozenset({"barred"})))
    assert ids(by_list.get("/api/v1/alerts")) == raised[3:]
    store.cameras.create(CameraSettings(id="gate", source="rtsp://camera/1", group="outside"))
    by_group = login(Role.OPERATOR, Scope(camera_groups=frozenset({"outside"})))
    assert ids(by_group.get("/api/v1/alerts")) == list(reversed(raised[:3]))
    for what in ("", "/snapshot", "/looks", "/reference"):
        theirs = by_group.get(f"/api/v1/alerts/{raised[3]}{what}")
        none = by_group.get(f"/api/v1/alerts/{'f' * 32}{what}")
        assert theirs.status_code == 404
        assert theirs.content == none.content
    sightings = by_group.get("/api/v1/sightings", params={"limit": 2}).json()
    assert [one["sighting_id"] for one in sightings["items"]] == ["track-3", "track-2"]
    more = by_group.get("/api/v1/sightings", params={"cursor": sightings["next"]}).json()
    assert [one["sighting_id"] for one in more["items"]] == ["track-1"]


def test_an_id_must_be_whole(administrator: httpx.Client, raised: list[str]) -> None:
    assert administrator.get("/api/v1/alerts/0").status_code == 422
