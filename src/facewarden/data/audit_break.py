"""In which way an audit log is broken."""

from enum import StrEnum


class Break(StrEnum):
    """In which way the log is not what it was."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT_OFF = "cut off"
    REPLACED = "replaced"
