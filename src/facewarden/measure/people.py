"""The photographs of a folder that holds a folder for each person."""

from pathlib import Path

from facewarden.capture.folder import SUFFIXES
from facewarden.errors import InputError


def photographs_of_people(root: Path, *, least: int = 2) -> list[tuple[str, Path]]:
    """Return person and path of every photograph of ROOT/person/, sorted.

    Args:
        least: how many people there must be.

    Raises:
        InputError: no folder, or fewer people in it.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder", expected="a folder for each person in it")
    found = [
        (folder.name, path)
        for folder in sorted(root.iterdir())
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES
    ]
    people = len({person for person, _ in found})
    if people < least:
        raise InputError(
            f"{root} holds too few people",
            expected=f"at least {least} folders with photographs, named after their people",
            found=str(people),
        )
    return found
