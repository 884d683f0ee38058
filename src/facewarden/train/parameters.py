"""What a recipe says about a part, checked against the signature of what makes it."""

import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from facewarden.errors import ConfigError


def checked(
    owner: str,
    made: Callable[..., object],
    parameters: Mapping[str, object],
    *,
    given: Collection[str] = (),
) -> dict[str, Any]:
    """Return the parameters with the types and bounds that the signature states.

    Args:
        owner: what the recipe calls the part, for messages.
        made: a class, or a function; its keyword parameters are what a recipe may say, their
            annotations (pydantic's, as Annotated[float, Field(gt=0)]) what it may say about them.
        given: parameters that the program gives and a recipe may not.

    Raises:
        ConfigError: an unknown key, or values out of bounds; all of them at once.
    """
    known = _fields(made, given)
    unknown = [key for key in parameters if key not in known]
    problems = [_unknown(owner, key, known) for key in unknown]
    settings = create_model(
        "Parameters",
        __config__=ConfigDict(extra="ignore", strict=True, allow_inf_nan=False),
        **known,
    )
    try:
        found = settings.model_validate(dict(parameters))
    except ValidationError as refusal:
        problems += [_out_of_bounds(owner, problem) for problem in refusal.errors()]
    else:
        if not problems:
            return {name: getattr(found, name) for name in known if name in parameters}
    if len(problems) == 1:
        raise problems[0]
    raise ConfigError(
        f"{owner}: {len(problems)} problems", problems=tuple(str(one) for one in problems)
    )


def _fields(made: Callable[..., object], given: Collection[str]) -> dict[str, Any]:
    """Return (annotation, default) of each parameter."""
    function = made.__init__ if inspect.isclass(made) else made
    hints = get_type_hints(function, include_extras=True)
    return {
        name: (hints[name], ... if parameter.default is parameter.empty else parameter.default)
        for name, parameter in inspect.signature(made).parameters.items()
        if name not in given
    }


def _unknown(owner: str, key: str, known: Collection[str]) -> ConfigError:
    near = difflib.get_close_matches(key, known, n=1)
    return ConfigError(
        f"{owner} has no such parameter",
        expected=", ".join(known) or "none",
        found=key,
        remedy=f"did you mean {near[0]}?" if near else "",
    )


def _out_of_bounds(owner: str, problem: Any) -> ConfigError:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return ConfigError(f"{owner}.{key} is missing", expected="a value", found="none")
    return ConfigError(
        f"{owner}.{key} is refused",
        expected=problem["msg"].removeprefix("Input should be "),
        found=repr(problem["input"]),
    )
