import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.data.deployment import DeploymentPlan, DeploymentState
from facewarden.data.deployment_numbers import ListOutcome
from facewarden.errors import DataError, StoreError
from facewarden.govern.certificate import read_public_key, verify
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.store.governing import Clock
from unit.store.making import (
    DAY,
    HOUR,
    MODEL,
    NOW,
    SECOND,
    a_look,
    a_probe,
    a_sighting,
    an_alert,
    an_id,
)

PLAN = DeploymentPlan(
    purpose="A fair",
    place="Market square",
    legal_basis="Section 7",
    cameras=("gate",),
    watchlists=("missing",),
    starts_at=NOW,
    ends_at=NOW + 2 * HOUR,
    keep_unconfirmed_days=1,
)
CONFIRMED, REJECTED, OPEN, ELSEWHERE = (an_id(number) for number in (1, 2, 3, 4))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, key: TemplateKey, clock: Clock) -> Iterator[Store]:
    with open_store(url, key, actor="tester", clock=clock) as opened:
        opened.watchlists.ensure("missing")
        yield opened


@pytest.fixture
def deployment(store: Store, clock: Clock) -> int:
    """Return one that has ended: an alert confirmed, one rejected, one open, one of another."""
    subject = store.watchlists.add_subject(SubjectDetails("somebody"), "missing")
    made = store.deployments.propose(PLAN, "ada").deployment_id
    store.deployments.authorise(made, "bob")
    for number in (1, 2, 3, 4):
        store.alerts.record(
            an_alert(number, subject_id=subject, held=number == 2),
            ["console"],
            a_probe(number),
            [a_look(1), a_look(2)],
            a_look(3).picture,
            deployment_id=None if number == 4 else made,
        )
        store.sightings.record(
            a_sighting(sighting_id=f"run:{number}", subject_id=subject, alert_id=an_id(number))
        )
    store.sightings.record(a_sighting(sighting_id="run:9", subject_id=subject))
    store.sightings.record(a_sighting(sighting_id="r:8", subject_id=subject, camera_id="door"))
    store.activity.add("gate", NOW, watched_s=60.0, faces=500, tracks=40)
    store.activity.add("door", NOW, watched_s=60.0, faces=900, tracks=90)
    store.activity.flush()
    for alert_id, state, after in (
        (CONFIRMED, ReviewState.CONFIRMED, 30),
        (REJECTED, ReviewState.REJECTED, 90),
    ):
        store.casework.judge(Review(alert_id, state, "ada", "seen", NOW + after * SECOND))
    store.casework.comment(OPEN, "ada", "who?")
    clock.now = NOW + 2 * HOUR
    assert store.deployments.sweep(clock.now).ended == (made,)
    return made


def left(store: Store, table: str) -> int:
    with store._database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_what_nobody_confirmed_goes_in_its_time(
    store: Store, clock: Clock, deployment: int
) -> None:
    assert left(store, "deployment_member") == 0
    with pytest.raises(DataError, match="not to be wiped yet"):
        store.deployments.wipe(deployment)
    clock.now = NOW + 2 * HOUR + DAY
    assert store.deployments.wipe_due(clock.now - SECOND) == ()
    assert store.deployments.wipe_due(clock.now) == (deployment,)
    assert store.deployments.wipe_due(clock.now) == ()
    assert store.deployments.get(deployment).state is DeploymentState.WIPED
    assert {stored.alert.alert_id for stored in store.alerts.find()} == {CONFIRMED, ELSEWHERE}
    assert store.anchors.of_model(MODEL) == []
    for table, rows in {
        "snapshot": 2,
        "alert_look": 4,
        "presentation_picture": 2,
        "alert_probe": 1,
        "delivery": 2,
        "review": 1,
        "casework": 1,
        "sighting": 3,
        "anchor": 0,
        "anchor_alert": 0,
    }.items():
        assert left(store, table) == rows, table


def test_certificate_says_what_and_is_checked_without_the_store(
    store: Store, clock: Clock, deployment: int
) -> None:
    with pytest.raises(StoreError, match="no deletion certificate"):
        store.deployments.certificate(deployment)
    clock.now = NOW + 2 * HOUR + DAY
    text = store.deployments.wipe(deployment, "bob")
    assert store.deployments.certificate(deployment) == text
    key = read_public_key(store.deployments.public_key())
    said = verify(text, key)
    assert said["deleted"]["alert"]["rows"] == 2
    assert said["deleted"]["sighting"]["rows"] == 3
    assert said["deleted"]["deployment_member"]["rows"] == 1
    assert (said["kept"], said["deleted_by"]) == ({"confirmed_alerts": 1}, "bob")
    wiped = next(event for event in store.audit.tail(5) if event.action == "deployment.wipe")
    assert said["audit"] == {"position": wiped.position, "hash": wiped.hash}
    assert "somebody" not in text
    assert "Quastenflosser" not in text


def test_counts_for_the_report_survive_the_wipe(
    store: Store, clock: Clock, deployment: int
) -> None:
    before = store.deployments.numbers(deployment)
    assert before.lists == (ListOutcome("missing", 3, 1, 1, 1, 1),)
    assert (before.faces, before.tracks, before.frozen) == (500, 40, 1)
    assert before.review_s == (30.0, 90.0)
    assert sum(before.falsely.values()) == 1
    clock.now = NOW + 2 * HOUR + DAY
    store.deployments.wipe(deployment)
    after = store.deployments.numbers(deployment)
    assert after.to_json() == before.to_json()
    assert after.falsely == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"rows": 2', '"rows": 9', 1),
        lambda text: text.replace("2026", "2025", 1),
        lambda text: text[:-3],
        lambda _: "[]",
        lambda _: "not JSON",
        lambda text: text.replace("{", '{"deployment": 7,', 1),
        lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "signature"}),
    ],
)
def test_a_changed_certificate_is_refused(
    store: Store, clock: Clock, deployment: int, change: object
) -> None:
    clock.now = NOW + 2 * HOUR + DAY
    text = store.deployments.wipe(deployment)
    key = read_public_key(store.deployments.public_key())
    changed = change(text)  # type: ignore[operator]
    assert changed != text
    with pytest.raises(DataError, match="certificate"):
        verify(changed, key)


def test_another_installation_s_certificate_is_refused(
    store: Store, clock: Clock, deployment: int, tmp_path: Path
) -> None:
    clock.now = NOW + 2 * HOUR + DAY
    text = store.deployments.wipe(deployment)
    with open_store(sqlite_url(tmp_path / "o.sqlite"), TemplateKey(b"o" * 32)) as other:
        key = read_public_key(other.deployments.public_key())
    with pytest.raises(DataError, match="another key"):
        verify(text, key)


def test_the_private_key_is_sealed_and_stays(store: Store, url: str, key: TemplateKey) -> None:
    first = store.deployments.public_key()
    store.close()
    with open_store(url, key) as again:
        assert again.deployments.public_key() == first
    for wrong in (b"", b"-----BEGIN PUBLIC KEY-----", b"\xff"):
        with pytest.raises(DataError, match="no public key"):
            read_public_key(wrong)
