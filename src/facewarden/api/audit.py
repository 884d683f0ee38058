"""The audit log: who did what, when, from where and why; and whether it is whole."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from facewarden.api.wire import UtcTime, Wire
from facewarden.data.audit_break import Break as Break

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Position = Annotated[int, Field(ge=0, le=2**63 - 1)]


class Event(Wire):
    """One entry."""

    position: int
    at: UtcTime
    actor: str
    action: str = Field(examples=["reference.read_image"])
    object: str = Field(examples=["reference:17"])
    origin: str = Field(description="Address of who did it, or console; empty: a process.")
    purpose: str = Field(description="A word, or what holds the reason, such as lookup:17.")
    details: dict[str, Any] = Field(description="Ids and counts, never names.")
    has_picture: bool = Field(description="There is a small picture of what was searched with.")
    hash: str


class Head(Wire):
    """Position and hash of an entry: what is noted elsewhere."""

    position: Position
    hash: Hash


class Check(Wire):
    """What to compare the log with."""

    noted: Annotated[tuple[Head, ...], Field(max_length=10_000)] = Field(
        default=(), description="What was noted elsewhere; finds what was cut off or made anew."
    )


class Outcome(Wire):
    """What a check found."""

    intact: bool
    entries: int = Field(description="Checked.")
    head: Head
    broken: Break | None
    broken_at: int | None
    explained: str = Field(description="What is broken, in words; empty where nothing is.")
    compared: int = Field(description="Notes that an entry was compared with.")
    older: int = Field(description="Notes of entries that retention has removed.")


class Receipt(Wire):
    """That the head was noted elsewhere."""

    receipt_id: int
    at: UtcTime
    head: Head
    method: str = Field(description="file, mqtt or http.")
    target: str
    receipt: str = Field(description="What the other side gave for it.")


class Noted(Wire):
    """What came of noting the head at one place."""

    method: str
    target: str
    position: int
    receipt: str = Field(description="Empty where it failed.")
    problem: str = Field(description="Empty where it did not.")


class NotedEverywhere(Wire):
    """What came of noting the head; empty where the settings name no place."""

    places: tuple[Noted, ...]
