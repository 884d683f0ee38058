"""Text of people, bounded: any script, no control characters, never interpreted."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from facewarden.data.subject import LONGEST
from facewarden.text import shown

NAME: Final = LONGEST["name"]
LINE: Final = LONGEST["category"]
PARAGRAPHS: Final = LONGEST["notes"]


def _one_line(text: str) -> str:
    if shown(text) != text:
        raise ValueError("holds line breaks, or characters that do not print")
    return text


def _paragraphs(text: str) -> str:
    if shown(text, keep="\n\r\t") != text:
        raise ValueError("holds characters that do not print")
    return text


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME, strip_whitespace=True),
    AfterValidator(_one_line),
]
Line = Annotated[
    str, StringConstraints(max_length=LINE, strip_whitespace=True), AfterValidator(_one_line)
]
Paragraphs = Annotated[
    str,
    StringConstraints(max_length=PARAGRAPHS, strip_whitespace=True),
    AfterValidator(_paragraphs),
]
WatchlistName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LINE, strip_whitespace=True),
    AfterValidator(_one_line),
]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
AlertId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
