"""The passwords of twelve characters and more that everybody tries first."""

import re
from typing import Final

_WORDS: Final = (
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "administrator",
    "admin",
    "letmein",
    "welcome",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertz",
    "qwertzuiop",
    "azerty",
    "azertyuiop",
    "1q2w3e4r",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "monkey",
    "dragon",
    "superman",
    "changeme",
    "secret",
    "trustno1",
    "abc123",
    "facewarden",
    "facerecognition",
    "watchlist",
    "surveillance",
    "controlroom",
    "security",
    "default",
    "correcthorsebatterystaple",
)
_ALL: Final = frozenset(_WORDS)
_ROWS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_LONGEST_TAIL: Final = 6


def is_common(folded: str) -> bool:
    """Tell whether a password, case-folded, is one of those that are tried first.

    These are one character or a group of up to four again and again, a run of a keyboard or the
    alphabet, and the words above, alone, doubled or with a few digits and signs behind.
    """
    if re.fullmatch(r"(.{1,4}?)\1+.{0,3}", folded):
        return True
    if any(folded in row * 2 or folded[::-1] in row * 2 for row in _ROWS):
        return True
    letters = re.sub(r"[\s._-]", "", folded)
    head = re.sub(rf"[\d\W]{{1,{_LONGEST_TAIL}}}$", "", letters)
    parts = (letters, head, letters[: len(letters) // 2])
    if letters in _ALL or head in _ALL:
        return True
    return parts[2] in _ALL and letters == parts[2] * 2
