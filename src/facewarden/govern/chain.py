"""The hash chain of the audit log: how it is computed, and what breaks it.

Anybody can compute it from an export: an entry's hash is the SHA-256 of the hash before it and of
the JSON array of position, time, actor, action, object and details.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from facewarden.data.audit_break import Break

GENESIS: Final = (0, "0" * 64)
"""Position and hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it is hashed.

    Attributes:
        position: 1 for the first entry of a store, then without gaps.
        at_us: microseconds since 1970, UTC.
        details: canonical JSON.
        hash: SHA-256, hexadecimal.
    """

    position: int
    at_us: int
    actor: str
    action: str
    object: str
    details: str
    hash: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noted of the log elsewhere: at that time this entry had this hash."""

    position: int
    hash: str


EXPLAINED: Final[Mapping[Break, str]] = {
    Break.CHANGED: "this entry does not continue the one before: one of them was changed",
    Break.MISSING: "entries before this one were taken out, or the order was changed",
    Break.CUT_OFF: "entries up to this one were noted elsewhere and are gone from the end",
    Break.REPLACED: "another hash of this entry was noted elsewhere: the log was computed anew",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a log is broken, and how."""

    kind: Break
    position: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found.

    Attributes:
        entries: checked.
        position, hash: of the newest entry, or of what stands before the first where none is kept.
        fault: the first break; None where the log is whole.
        compared: notes that an entry was compared with.
        older: notes from before what retention has left: nothing to compare them with.
    """

    entries: int
    position: int
    hash: str
    fault: Fault | None
    compared: int = 0
    older: int = 0


def link(  # the arguments are the row
    before: str, position: int, at_us: int, actor: str, action: str, object_: str, details: str
) -> str:
    """Return the hash of an entry after the hash `before`."""
    row = json.dumps(
        [position, at_us, actor, action, object_, details],
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256((before + row).encode()).hexdigest()


def check(
    entries: Iterable[Link], *, start: tuple[int, str] = GENESIS, noted: Iterable[Noted] = ()
) -> Outcome:
    """Check that entries continue each other, and what was noted of them elsewhere.

    Without a note, what was cut off from the end, or a log that was computed anew from some entry
    on, cannot be told from an honest one.

    Args:
        entries: as they are kept, by position.
        start: position and hash of what came before the first.
        noted: in any order.
    """
    wanted: dict[int, set[str]] = {}
    for note in noted:
        wanted.setdefault(note.position, set()).add(note.hash)
    position, before = start
    seen = compared = 0
    older = sum(len(hashes) for at, hashes in wanted.items() if at < position)
    fault: Fault | None = None
    if hashes := wanted.get(position):
        compared += len(hashes)
        if hashes != {before}:
            fault = Fault(Break.REPLACED, position)
    for entry in entries:
        seen += 1
        if fault is None:
            if entry.position != position + 1:
                fault = Fault(Break.MISSING, entry.position)
            elif entry.hash != link(
                before,
                entry.position,
                entry.at_us,
                entry.actor,
                entry.action,
                entry.object,
                entry.details,
            ):
                fault = Fault(Break.CHANGED, entry.position)
            elif hashes := wanted.get(entry.position):
                compared += len(hashes)
                if hashes != {entry.hash}:
                    fault = Fault(Break.REPLACED, entry.position)
        position, before = entry.position, entry.hash
    cut_off = max((at for at in wanted if at > position), default=None)
    if fault is None and cut_off is not None:
        fault = Fault(Break.CUT_OFF, cut_off)
    return Outcome(seen, position, before, fault, compared, older)
