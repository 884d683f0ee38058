"""An alert in words for humans, safe to print: one line stays one line."""

from datetime import datetime
from typing import Final

from facewarden.data import Alert, Opinion, Presentation, PresentationVerdict

NOTE = (
    "A candidate for review by a human: not an identification, and not an instruction to act. "
    "Compare the pictures before anything else."
)
"""Goes with every alert, to every sink."""


def one_line(text: str) -> str:
    """Return `text` without line breaks, terminal escapes and other unprintable characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def place(alert: Alert) -> str:
    """Name the camera and, where known, its location."""
    name = one_line(alert.camera_name) or one_line(alert.camera_id)
    location = one_line(alert.camera_location)
    return f"{name} ({location})" if location else name


def to_the_second(moment: datetime) -> str:
    """Write a UTC time as people read it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def short_text(alert: Alert) -> str:
    """Return one sentence; with names of usual length it fits the 160 characters of an SMS."""
    return (
        f"Candidate for review: {one_line(alert.subject_name)} "
        f"[{one_line(alert.watchlist)}] at {place(alert)}, "
        f"{alert.last_seen_at:%H:%M:%S} UTC, "
        f"similarity {alert.similarity:.2f} (needs {alert.threshold:.2f}){doubt(alert)}"
    )


def lead(alert: Alert) -> str:
    """Say how far the next subject is behind; a margin of the whole similarity means nobody is."""
    if alert.margin >= alert.similarity:
        return "no other subject is alike at all"
    return f"{alert.margin:.3f} above the next subject"


def looks(number: int) -> str:
    """Count looks in words."""
    return f"{number} look" if number == 1 else f"{number} looks"


def second_opinion(opinion: Opinion | None) -> str:
    """Say what a second model said, and the first alone; empty where none was asked."""
    if opinion is None:
        return ""
    said = f"{opinion.similarity:.3f} from {looks(opinion.looks)}"
    if not opinion.heard:
        said = "no answer yet" if opinion.waiting else f"none, {one_line(opinion.problem)}"
    return f"{one_line(opinion.model_id)}: {said}; the first model alone {opinion.first:.3f}"


PRESENTATIONS: Final = {
    PresentationVerdict.BONA_FIDE: "a living person",
    PresentationVerdict.ATTACK: "may be a photograph or a screen",
    PresentationVerdict.UNSETTLED: "not settled yet",
    PresentationVerdict.NOT_ASSESSED: "not assessed",
}


def presentation(said: Presentation | None) -> str:
    """Say whether a living person was seen; empty where the watchlist does not ask."""
    if said is None:
        return ""
    words = PRESENTATIONS[said.verdict]
    if said.live is not None:
        words += f": live {said.live:.2f}, {said.threshold:.2f} needed"
        words += f", from {looks(said.looks)}" if said.looks else ""
    return f"{words}; {one_line(said.reason)}" if said.reason else words


def doubt(alert: Alert) -> str:
    """Return what a short text adds where a picture of the subject may have been seen."""
    said = alert.presentation
    if said is None or not alert.looks_like_a_picture:
        return ""
    live = "" if said.live is None else f": live {said.live:.2f}"
    return f", {PRESENTATIONS[said.verdict]}{live}"


def facts(alert: Alert) -> list[tuple[str, str]]:
    """Return what a reviewer wants to know, as labels and values in reading order."""
    rows = [
        ("Subject", one_line(alert.subject_name)),
        ("Reference", one_line(alert.external_reference)),
        ("Category", one_line(alert.category)),
        ("Watchlist", one_line(alert.watchlist)),
        ("Camera", place(alert)),
        ("First seen", to_the_second(alert.seen_at)),
        ("Last seen", to_the_second(alert.last_seen_at)),
        ("Similarity", f"{alert.similarity:.3f}, needed {alert.threshold:.3f}"),
        ("Runner-up", lead(alert)),
        ("Looks", str(alert.looks)),
        ("Second opinion", second_opinion(alert.second_opinion)),
        ("Presentation", presentation(alert.presentation)),
        ("Alert", f"{alert.alert_id}, revision {alert.revision}"),
    ]
    return [(label, value) for label, value in rows if value]


def long_text(alert: Alert) -> str:
    """Return the facts and the note as plain text."""
    return "\n".join([*(f"{label}: {value}" for label, value in facts(alert)), "", NOTE])
