"""The demonstration: enrol, watch, and check that exactly the right people were alerted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.capture.image import read_image
from facewarden.compose.cutout import Cutout
from facewarden.compose.recipe import SceneRecipe
from facewarden.compose.scene import Actor, compose
from facewarden.config.settings import Settings
from facewarden.data import Alert, SubjectDetails
from facewarden.demo.portraits import Portraits, obtain
from facewarden.errors import EnrolmentRefused
from facewarden.pipeline.enrol import Enrolled
from facewarden.pipeline.photographs import Photograph
from facewarden.wiring.enrolment import make_enroller
from facewarden.wiring.eyes import make_eyes, open_detector
from facewarden.wiring.stores import open_store_from

WATCHLIST = "demo"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who was to be alerted, and who was.

    Attributes:
        right: exactly the enrolled people were alerted, each once.
        words: the same as a sentence.
    """

    right: bool
    words: str


def fetch_portraits(cache: Path, say: Say) -> Portraits:
    """Return the credited portraits, and say whom they show and on what terms."""
    portraits = obtain(cache)
    for person in (*portraits.twice, *portraits.once):
        for photo in person.photos:
            say(f"  {photo.credit}")
    return portraits


def compose_clip(settings: Settings, portraits: Portraits, path: Path) -> None:
    """Compose the clip in which the newer photographs cross the picture."""
    people = (*portraits.twice, *portraits.once)
    detector = open_detector(settings)
    actors = [
        Actor(person.name, Cutout.of_face(read_image(person.newer.path)[0], detector))
        for person in people
    ]
    compose(actors, SceneRecipe(), path).write(path.with_suffix(".truth.json"))


def older_photographs(portraits: Portraits) -> list[Photograph]:
    """Return what is enrolled: one older photograph of each person photographed twice."""
    return [
        Photograph(
            person.older.path.name,
            person.older.path,
            SubjectDetails(
                person.name, category="demo", legal_basis="a demonstration", authorised_by="you"
            ),
        )
        for person in portraits.twice
    ]


def enrol(settings: Settings, photographs: Sequence[Photograph], say: Say) -> set[str]:
    """Enrol the photographs and return the names of the subjects.

    Raises:
        EnrolmentRefused: not one photograph could be enrolled.
    """
    eyes = make_eyes(settings)
    store = open_store_from(settings)
    try:
        enroller = make_enroller(eyes, store, WATCHLIST)
        rows = list(enroller.enrol(photographs))
    finally:
        store.close()
    for row in rows:
        say(f"  {row.name}: {row.outcome.value}{f', {row.reason}' if row.reason else ''}")
    names = {row.name for row in rows if row.outcome is not Enrolled.REFUSED}
    if not names:
        raise EnrolmentRefused("nobody could be enrolled", remedy="see the reasons above")
    return names


def judge(enrolled: set[str], alerts: Sequence[Alert]) -> Verdict:
    """Compare the alerts raised with the people enrolled."""
    raised = Counter(alert.subject_name for alert in alerts if alert.revision == 1)
    missed = sorted(enrolled - set(raised))
    strange = sorted(set(raised) - enrolled)
    repeated = sorted(name for name, count in raised.items() if count > 1)
    if not missed and not strange and not repeated:
        names = " and ".join(sorted(enrolled))
        return Verdict(
            right=True, words=f"exactly the {len(enrolled)} enrolled people were alerted: {names}"
        )
    parts = [
        f"{label} {', '.join(names)}"
        for label, names in (
            ("not alerted:", missed),
            ("alerted though not enrolled:", strange),
            ("alerted more than once:", repeated),
        )
        if names
    ]
    return Verdict(right=False, words="; ".join(parts))
