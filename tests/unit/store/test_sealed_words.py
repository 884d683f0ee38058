"""What somebody without the key can read in a store after real use."""

import unicodedata
from pathlib import Path

import pytest

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import KeyRefused
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store
from facewarden.store.sealed_words import (
    open_text,
    open_words,
    seal_text,
    seal_words,
    word_digest,
)
from unit.store.making import DAY, NOW, SECOND, a_probe, a_reference, a_sighting, an_alert

WORDS = SubjectDetails(
    name="Maximiliane Quastenflosser",
    external_reference="CASE-4711",
    category="absconded witness",
    notes="limps on the left",
    legal_basis="Court order 12",
    authorised_by="Judge Ito",
    expires_at=NOW + 30 * DAY,
)
SECRETS = (
    *("Maximiliane", "Quastenflosser", "CASE-4711", "absconded", "limps", "Court order"),
    *("Judge Ito", "photograph-", "It is she", "quastenflosser"),
)


def test_no_word_about_a_person_stands_in_the_files(store: Store, path: Path) -> None:
    lists, alerts = store.watchlists, store.alerts
    lists.ensure("vip")
    one = lists.add_subject(WORDS, "missing")
    lists.place(one, "vip")
    ids = lists.add_references(one, [a_reference(seed) for seed in range(5)])
    lists.update_subject(one, SubjectDetails("Maximiliane Q. Quastenflosser", "CASE-4711"))
    lists.update_subject(one, WORDS)
    assert lists.find_subject(name=WORDS.name) is not None
    lists.reference_image(ids[0])
    lists.remove_reference(ids[1])
    for number in range(8):
        said = {"subject_name": WORDS.name, "category": WORDS.category}
        alerts.record(an_alert(number, subject_id=one, **said), ["desk", "mail"], a_probe(number))
        alerts.record(an_alert(number, subject_id=one, revision=2, **said), ["desk", "mail"])
        state = ReviewState.CONFIRMED if number % 2 else ReviewState.REJECTED
        alerts.review(Review(an_alert(number).alert_id, state, "rita", "It is she", NOW))
    for waiting in alerts.pending("desk", NOW, 4):
        alerts.accepted(waiting, NOW)
    alerts.failed(alerts.pending("mail", NOW, 1)[0], f"no {WORDS.name.lower()}", NOW + SECOND)
    store.sightings.record(a_sighting(subject_id=one))

    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert [file.name for file in sorted(path.parent.iterdir())] == [
        "store.sqlite",
        "store.sqlite-shm",
        "store.sqlite-wal",
    ]
    assert b"rita" in raw  # a member of the staff, not a subject
    encodings = ("utf-8", "utf-16-le", "utf-16-be")
    assert [word for word in SECRETS for code in encodings if word.encode(code) in raw] == []


@pytest.mark.parametrize(
    "text", ["", "a", "Zoë", "王小明", "مريم", "<script>alert(1)</script>", "x" * 10_000, "a\0b"]
)
def test_words_come_back(key: TemplateKey, text: str) -> None:
    assert open_words(key, seal_words(key, {"name": text}, "p"), "p") == {"name": text}
    assert open_text(key, seal_text(key, text, "p"), "p") == text
    with pytest.raises(KeyRefused):
        open_words(key, seal_words(key, {"name": text}, "p"), "q")


def test_digests(key: TemplateKey) -> None:
    name = "Zoë Ångström"
    digest = word_digest(key, "name", name)
    assert digest == word_digest(key, "name", unicodedata.normalize("NFD", name))
    others = {
        word_digest(key, "name", name.casefold()),
        word_digest(key, "external reference", name),
        word_digest(TemplateKey(b"x" * 32), "name", name),
    }
    assert len(others | {digest}) == 4
    assert word_digest(key, "name", "") is None
