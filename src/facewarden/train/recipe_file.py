"""Recipes as files: those that facewarden comes with, the user's, and changes to either."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from facewarden.config.explain import explain
from facewarden.config.section import Section
from facewarden.config.yamltext import Document, Problem, read_yaml
from facewarden.errors import ConfigError
from facewarden.train.recipe import Recipe

LARGEST_BYTES = 256 * 1024
BELONGING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "loss.name": ("parameters",),
        "sampler.name": ("parameters",),
        "network.name": ("parameters",),
        "network.backbone": ("frozen", "frozen_epochs"),
        "optimiser.name": ("momentum", "nesterov", "betas", "eps"),
        "schedule.name": ("milestones", "factor", "floor"),
    }
)
"""What belongs to a name: another name knows nothing of it."""

Kind = TypeVar("Kind", bound=Section)


def shipped() -> tuple[str, ...]:
    """Return the names of the recipes that facewarden comes with, sorted."""
    return recipes_in(_shelf())


def recipes_in(folder: Traversable) -> tuple[str, ...]:
    """Return the names of the recipes in a folder, sorted."""
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def load_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe.

    Args:
        name: of one that facewarden comes with, or the path of a file.
        changes: such as `optimiser.rate=0.01`; the value is YAML. Where one names another loss,
            sampler, network, optimiser or schedule, the recipe's `BELONGING` of it are forgotten.

    Raises:
        ConfigError: all that is wrong, a line each.
    """
    return read_recipe(Recipe, _shelf(), name, changes)


def read_recipe(
    kind: type[Kind], folder: Traversable, name: str, changes: Sequence[str] = ()
) -> Kind:
    """Read a recipe of any kind; see `load_recipe`.

    Args:
        folder: of those of this kind that facewarden comes with.
    """
    known = recipes_in(folder)
    if name in known:
        text = (folder / f"{name}.yaml").read_text("utf-8")
    else:
        text = _text(Path(name), known)
    document = read_yaml(text)
    for change in changes:
        _forget_another(kind, document, change)
    for change in changes:
        _change(document, change)
    return _checked(kind, document, name)


def to_text(recipe: Recipe) -> str:
    """Return every field of a recipe as a file that `load_recipe` reads."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text


def _shelf() -> Traversable:
    return files("facewarden.train") / "recipes"


def _text(path: Path, known: Sequence[str]) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"there is no recipe {path}",
            expected="a file, or one of " + ", ".join(known),
            found=(error.strerror or str(error)).lower(),
        ) from None
    if len(content) > LARGEST_BYTES:
        raise ConfigError(
            f"cannot read {path}", expected=f"at most {LARGEST_BYTES} bytes", found="more"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            f"cannot read {path}", expected="UTF-8 text", found="other bytes"
        ) from None


def _forget_another(kind: type[Section], document: Document, change: str) -> None:
    dotted, _, text = change.partition("=")
    group, _, key = dotted.partition(".")
    at = document.value.get(group) if isinstance(document.value, dict) else None
    if dotted not in BELONGING or not isinstance(at, dict):
        return
    known = kind.model_fields[group].annotation if group in kind.model_fields else None
    if not (isinstance(known, type) and issubclass(known, Section)):
        return
    field = known.model_fields.get(key)
    if field is not None and at.get(key, field.default) != read_yaml(text).value:
        for name in BELONGING[dotted]:
            at.pop(name, None)


def _change(document: Document, change: str) -> None:
    dotted, equals, text = change.partition("=")
    keys = dotted.split(".")
    if not equals or not all(keys):
        raise ConfigError(
            "this is no change of a recipe", expected="such as optimiser.rate=0.01", found=change
        )
    at: Any = document.value
    for key in keys[:-1]:
        if not isinstance(at, dict) or not isinstance(at.setdefault(key, {}), dict):
            raise ConfigError(f"--set {change}", expected="a group of keys", found=f"no {key}")
        at = at[key]
    if not isinstance(at, dict):
        raise ConfigError(f"--set {change}", expected="a recipe to change", found="none")
    read = read_yaml(text)
    if read.problems:
        raise ConfigError(
            f"--set {change}", expected=read.problems[0].expected, found=read.problems[0].found
        )
    at[keys[-1]] = read.value


def _checked(kind: type[Kind], document: Document, name: str) -> Kind:
    problems = list(document.problems)
    recipe = None
    if document.value is None and not problems:
        problems = [Problem(1, (), "a recipe", "an empty file")]
    elif document.value is not None:
        try:
            recipe = kind.model_validate(document.value)
        except ValidationError as error:
            problems += explain(kind, error, document)
    if problems or recipe is None:
        lines = (problem.told(name) for problem in sorted(problems, key=lambda p: p.line))
        raise ConfigError(f"cannot use the recipe {name}", problems=tuple(lines))
    return recipe
