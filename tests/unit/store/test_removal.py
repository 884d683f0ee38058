import random
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, update

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import StoreBusy, StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.tables import (
    alert,
    alert_look,
    alert_probe,
    anchor,
    delivery,
    metadata,
    presentation_picture,
    reference,
    reference_image,
    review,
    snapshot,
    subject,
    template,
)
from unit.store.making import MODEL, NOW, SECOND, a_look, a_probe, a_reference, a_sighting, an_alert

NAME, CASE, NOTES = "Maximiliane Quastenflosser", "CASE-4711", "limps on the left"


def raw_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_nothing_of_a_removed_subject_can_be_read_from_the_files(store: Store, path: Path) -> None:
    lists, alerts = store.watchlists, store.alerts
    gone = lists.add_subject(SubjectDetails(NAME, CASE, notes=NOTES), "missing")
    kept = lists.add_subject(SubjectDetails("Bert Kept"), "missing")
    lists.add_references(gone, [a_reference(seed) for seed in range(20)])
    lists.add_references(kept, [a_reference(99)])
    alerts.record(an_alert(1, subject_id=gone), ["desk", "mail"])
    bert = an_alert(2, subject_id=kept, subject_name="Bert Kept", external_reference="")
    alerts.record(bert, ["desk"])
    alerts.accepted(alerts.pending("desk", NOW, 1)[0], NOW)
    alerts.failed(alerts.pending("mail", NOW, 1)[0], f"refused: {NAME}", NOW + SECOND)
    alerts.review(Review(an_alert(1).alert_id, ReviewState.CONFIRMED, "rita", f"It is {NAME}", NOW))
    for number in (3, 4):
        alerts.record(
            an_alert(number, subject_id=gone), [], a_probe(number), [a_look(1)], a_look(2).picture
        )
    alerts.review(Review(an_alert(3).alert_id, ReviewState.REJECTED, "rita", "another", NOW))
    store.sightings.record(a_sighting(subject_id=gone))
    with store._database.read() as connection:
        sealed = [
            *connection.scalars(select(template.c.sealed).where(template.c.reference_id <= 20)),
            *connection.scalars(
                select(reference_image.c.sealed).where(reference_image.c.reference_id <= 20)
            ),
            *connection.scalars(
                select(snapshot.c.sealed).where(snapshot.c.alert_id == an_alert(1).alert_id)
            ),
            *connection.scalars(select(alert_probe.c.sealed)),
            *connection.scalars(select(alert_look.c.sealed)),
            *connection.scalars(select(presentation_picture.c.sealed)),
            *connection.scalars(select(anchor.c.sealed)),
            *connection.scalars(select(subject.c.sealed).where(subject.c.subject_id == gone)),
            *connection.scalars(select(reference.c.source_name).limit(20)),
            *connection.scalars(select(alert.c.words).where(alert.c.subject_id == gone)),
            *connection.scalars(select(review.c.reason).where(func.length(review.c.reason) > 0)),
            *connection.scalars(
                select(delivery.c.payload).where(
                    delivery.c.payload.is_not(None), delivery.c.alert_id == an_alert(1).alert_id
                )
            ),
            *connection.scalars(select(delivery.c.problem).where(delivery.c.problem.is_not(None))),
        ]
    assert len(sealed) == 75
    traces = [one[:40] for one in sealed]
    assert all(trace in raw_bytes(path) for trace in traces)

    lists.remove_subject(gone)

    left = raw_bytes(path)
    assert [trace for trace in traces if trace in left] == []
    with pytest.raises(StoreError, match="no subject"):
        lists.subject(gone)
    assert [entry.subject_id for entry in lists.gallery(MODEL, ["missing"])] == [kept]
    assert store.sightings.find() == []
    assert alerts.backlog() == 1
    ours = alerts.get(an_alert(1).alert_id)
    assert ours.alert.subject_name == ours.alert.external_reference == "(removed)"
    assert ours.alert.category == "(removed)"
    assert ours.alert.snapshot is None
    assert ours.alert.subject_id == gone
    assert (ours.alert.state, ours.reviews[0].reason) == (ReviewState.CONFIRMED, "(removed)")
    assert [one.sink for one in ours.deliveries] == ["desk"]
    assert alerts.get(an_alert(2).alert_id).alert.subject_name == "Bert Kept"


def test_names_do_not_survive_in_the_slack_of_split_pages(store: Store, path: Path) -> None:
    # SQLite's secure_delete alone leaves a few of these names behind; see Database.forget.
    chance = random.Random(1)
    rows = {
        number: {
            "subject_id": number,
            "name_digest": f"Name{chance.getrandbits(64):016x}",
            "external_digest": f"Case{chance.getrandbits(64):016x}",
            "sealed": b"n" * chance.randint(0, 50),
            "created_at": NOW,
        }
        for number in range(1, 3001)
    }
    order = chance.sample(sorted(rows), len(rows))
    gone = order[500:1500]
    with store._database.write() as connection:
        connection.execute(insert(subject), list(rows.values()))
        for number in order[:1000]:
            longer = update(subject).where(subject.c.subject_id == number)
            connection.execute(longer.values(sealed=b"x" * chance.randint(0, 400)))
        for number in gone:
            connection.execute(delete(subject).where(subject.c.subject_id == number))
    store._database.forget()
    left = raw_bytes(path)
    traces = [str(rows[one][word]) for one in gone for word in ("name_digest", "external_digest")]
    assert [trace for trace in traces if trace.encode() in left] == []


def test_late_writers_cannot_bring_a_removed_subject_back(store: Store, path: Path) -> None:
    gone = store.watchlists.add_subject(SubjectDetails(NAME, CASE), "missing")
    store.alerts.record(an_alert(1, subject_id=gone), ["desk"])
    waiting = store.alerts.pending("desk", NOW, 1)[0]
    store.watchlists.remove_subject(gone)
    store.alerts.record(an_alert(1, subject_id=gone, revision=2), ["desk"])
    store.alerts.record(an_alert(2, subject_id=gone), ["desk"])
    store.alerts.keep_looks(an_alert(1).alert_id, [a_look(1)])
    assert store.alerts.looks(an_alert(1).alert_id) == []
    store.sightings.record(a_sighting(subject_id=gone))
    store.alerts.accepted(waiting, NOW)
    store.alerts.failed(waiting, NAME, NOW)
    assert len(store.alerts.find()) == 1
    assert store.alerts.backlog() == 0
    assert NAME.encode() not in raw_bytes(path)


def test_id_and_case_number_of_a_removed_subject(store: Store) -> None:
    first = store.watchlists.add_subject(SubjectDetails(NAME, CASE), "missing")
    store.watchlists.remove_subject(first)
    second = store.watchlists.add_subject(SubjectDetails("Other", CASE), "missing")
    assert second > first


def test_reader_that_holds_the_log_is_named_and_the_subject_is_gone(
    path: Path, key: TemplateKey
) -> None:
    with (
        open_store(sqlite_url(path), key, busy_s=0.1) as store,
        open_store(sqlite_url(path), key) as other,
    ):
        store.watchlists.ensure("missing")
        gone = store.watchlists.add_subject(SubjectDetails(NAME), "missing")
        with other._database.read() as connection:
            connection.scalar(select(func.count()).select_from(metadata.tables["subject"]))
            with pytest.raises(StoreBusy, match="may still be readable"):
                store.watchlists.remove_subject(gone)
        assert store.watchlists.subjects() == []
        store._database.forget()
    assert NAME.encode() not in raw_bytes(path)


def test_threads_write_while_a_subject_is_removed(store: Store) -> None:
    ids = [store.watchlists.add_subject(SubjectDetails(f"N{i}"), "missing") for i in range(4)]
    problems: list[Exception] = []

    def write(start: int) -> None:
        try:
            for number in range(start, start + 20):
                store.alerts.record(an_alert(number), ["desk"])
        except Exception as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=write, args=(start,)) for start in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for subject_id in ids:
        store.watchlists.remove_subject(subject_id)
    for thread in threads:
        thread.join()
    assert problems == []
    assert store.alerts.backlog() == 60
    assert store.audit.verify() is None
