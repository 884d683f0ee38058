"""Words of strangers, made safe to show: file names, names of people, what a camera answers."""

import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""Zero-width non-joiner and joiner: names in Persian and several scripts of India need them."""


def is_harmless(character: str) -> bool:
    """Tell whether a character only prints: no control, no change of direction, no half a pair."""
    return (
        character.isprintable()
        or character in _JOINERS
        or unicodedata.category(character) == "Zs"  # spaces of other widths
    )


def shown(text: str, *, keep: str = "") -> str:
    """Return `text` as it may reach a terminal or a log: nothing in it but characters that print.

    Others (escape sequences of terminals, changes of the direction of writing, bytes of file names
    that are not UTF-8) are written out, such as ``\\x1b``; line breaks become spaces.

    Args:
        keep: control characters to leave in.
    """
    if text.isprintable():
        return text
    return "".join(c if c in keep or is_harmless(c) else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    if character in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    return character.encode("unicode_escape").decode("ascii")
