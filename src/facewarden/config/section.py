"""What every section of the settings has in common, and the kinds of text a field may hold."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from facewarden.text import is_harmless

LONGEST_LABEL = 100


class Section(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        validate_default=True,
        # A pydantic error must never carry a password into a log.
        hide_input_in_errors=True,
    )


def expectation(expected: str, found: str = "") -> PydanticCustomError:
    """Make the error that a validator of ours raises; `found` must not hold a secret."""
    return PydanticCustomError(
        "expectation", "expected {expected}, found {found}", {"expected": expected, "found": found}
    )


def _printable(text: str) -> str:
    if not all(map(is_harmless, text)):
        raise expectation("text without control characters", ascii(text[:LONGEST_LABEL]))
    return text


def at_home(path: Path) -> Path:
    """Return a path with ~ and ~user written out.

    Raises:
        PydanticCustomError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise expectation("a path of a user that there is", str(path)) from None


def _anchored(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise expectation("a path without a zero byte", ascii(str(path)))
    folder = (info.context or {}).get("folder")
    path = at_home(path)
    return path if folder is None else folder / path


def fits(pattern: str, words: str) -> AfterValidator:
    """Make a check that text matches `pattern` as a whole; `words` say so to people."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            # Not shown: what stands in the wrong place may be a password.
            raise expectation(words, "text that is not" if text else "empty text")
        return text

    return AfterValidator(check)


Slug = Annotated[
    str,
    fits(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "1 to 63 letters, digits, - or _"),
]
"""1 to 63 letters, digits, "-" and "_": fit for topics, file names and labels of metrics."""

Text = Annotated[str, StringConstraints(max_length=LONGEST_LABEL), AfterValidator(_printable)]
"""Up to 100 printable characters, or none."""

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LABEL),
    AfterValidator(_printable),
]
"""1 to 100 printable characters."""

HostName = Annotated[str, fits(r"[A-Za-z0-9_.:\-]{1,253}", "the name or address of a host")]
"""A host name or an IP address."""

FilePath = Annotated[Path, AfterValidator(_anchored)]
"""A path; "~" is the home folder, and a relative one starts at the settings file's folder."""
