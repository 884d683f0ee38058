"""Read the settings file."""

from pathlib import Path

from pydantic import ValidationError

from facewarden.config.explain import explain
from facewarden.config.settings import Settings
from facewarden.config.yamltext import Document, Problem, read_yaml
from facewarden.errors import ConfigError

LARGEST_BYTES = 1024 * 1024
"""About 2,000 cameras; the parser needs some ten seconds for it."""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(
            f"cannot read {path}", expected="a settings file", found=found.lower()
        ) from None
    if len(content) > LARGEST_BYTES:
        raise ConfigError(
            f"cannot read {path}", expected=f"at most {LARGEST_BYTES} bytes", found="more"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}", expected="UTF-8 text", found="other bytes", remedy="save it as UTF-8"
        ) from None


def _checked(document: Document, folder: Path) -> tuple[Settings | None, list[Problem]]:
    if document.value is None and not document.problems:
        # Editors empty a file before they write it, so nothing is not taken for defaults.
        return None, [Problem(1, (), "settings", "an empty file")]
    if document.value is None:
        return None, document.problems
    try:
        settings = Settings.model_validate(document.value, context={"folder": folder})
    except ValidationError as error:
        return None, [*document.problems, *explain(Settings, error, document)]
    return settings, document.problems


def load_settings(path: Path | None) -> Settings:
    """Read and check a YAML file.

    Args:
        path: the file; relative paths in it start at its folder. None: the defaults.

    Raises:
        ConfigError: whatever is wrong, all of it at once; `problems` holds a line of text each,
            `file:line: dotted.path: expected ..., found ...`, ordered by line.
    """
    if path is None:
        return Settings()
    document = read_yaml(_text(path))
    settings, problems = _checked(document, path.absolute().parent)
    if problems or settings is None:
        problems = sorted(problems, key=lambda problem: problem.line)
        raise ConfigError(
            f"cannot use {path}", problems=tuple(problem.told(str(path)) for problem in problems)
        )
    return settings
