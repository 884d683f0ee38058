"""An alert in words for humans, safe to print: one line stays one line."""

from datetime import datetime

from facewarden.data import Alert, Opinion

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
        f"similarity {alert.similarity:.2f} (needs {alert.threshold:.2f})"
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
        ("Alert", f"{alert.alert_id}, revision {alert.revision}"),
    ]
    return [(label, value) for label, value in rows if value]


def long_text(alert: Alert) -> str:
    """Return the facts and the note as plain text."""
    return "\n".join([*(f"{label}: {value}" for label, value in facts(alert)), "", NOTE])
