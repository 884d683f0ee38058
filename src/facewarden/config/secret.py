"""Secrets: written in place, or taken from the environment or from a file."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, ValidationInfo

from facewarden.config.section import at_home, expectation

LARGEST_SECRET_BYTES = 64 * 1024
FORMS = "text, {env: NAME} or {file: path}"


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise expectation(f"a value in the environment variable {name}", "none")
    return value


def _from_file(name: str, folder: Path | None) -> str:
    path = at_home(Path(name))
    path = path if folder is None else folder / path
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET_BYTES + 1)
        value = content.decode().strip("\r\n")
    except OSError as error:
        raise expectation(f"a readable file {path}", error.strerror or str(error)) from None
    except ValueError:
        raise expectation(f"UTF-8 text in {path}", "other bytes") from None
    if len(content) > LARGEST_SECRET_BYTES:
        raise expectation(f"at most {LARGEST_SECRET_BYTES} bytes in {path}", "more")
    if not value:
        raise expectation(f"a secret in {path}", "an empty file")
    return value


def _resolve(given: Any, info: ValidationInfo) -> SecretStr:
    match given:
        case SecretStr():
            return given
        case str() if given:
            return SecretStr(given)
        case {"env": str(name), **rest} if not rest:
            return SecretStr(_from_environment(name))
        case {"file": str(name), **rest} if not rest:
            return SecretStr(_from_file(name, (info.context or {}).get("folder")))
        case str():
            raise expectation(FORMS, "empty text")
        case bool() | int() | float():
            # Never the value itself: an unquoted number may well be the password.
            raise expectation(f"{FORMS}, a number in quotes", "a number")
        case _:
            raise expectation(FORMS, "something else")


Secret = Annotated[SecretStr, BeforeValidator(_resolve)]
"""Text, `{env: NAME}` or `{file: path}`; never shown by repr, logs or errors."""
