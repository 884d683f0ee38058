"""The files of a run that every kind of training has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import InputError
from facewarden.train.atomic_file import write_whole

RECIPE, ABOUT = "recipe.yaml", "run.json"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where the files of a run lie."""

    folder: Path

    @property
    def last(self) -> Path:
        """The checkpoint to go on from."""
        return self.folder / "last.pt"

    @property
    def best(self) -> Path:
        """The checkpoint that was judged best."""
        return self.folder / "best.pt"

    @property
    def first(self) -> Path:
        """The weights that a warm start began with."""
        return self.folder / "first.pt"

    @property
    def metrics(self) -> Path:
        """The figures, a line each."""
        return self.folder / "metrics.csv"


def begin_run(folder: Path, recipe: str, about: Mapping[str, Any], *, remedy: str) -> None:
    """Make a folder for a new run; only this user may look into it.

    Args:
        recipe: the words of its recipe.
        remedy: what to do where something is there already.

    Raises:
        InputError: something is there already.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(
            f"{folder} is not empty", expected="a new folder for the run", remedy=remedy
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{folder} is no folder") from None
    write_whole(folder / RECIPE, recipe.encode())
    # Last: a folder with it is a run.
    write_whole(folder / ABOUT, (json.dumps(about, indent=2) + "\n").encode())
