"""Settings that come from options and forms instead of a file."""

from typing import Any, TypeVar

from pydantic import ValidationError

from facewarden.config.section import Section
from facewarden.errors import ConfigError

Kind = TypeVar("Kind", bound=Section)


def checked(kind: type[Kind], given: dict[str, Any], refusal: str) -> Kind:
    """Return a section of these values.

    Args:
        refusal: what cannot be so, for the first line of the error.

    Raises:
        ConfigError: with a problem for each value that does not fit; secrets are not shown.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = tuple(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}".removeprefix(": ")
            for one in error.errors(include_url=False, include_input=False)
        )
        raise ConfigError(refusal, problems=problems) from None
