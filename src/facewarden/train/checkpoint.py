"""The state of a training as a file."""

import io
import pickle
from pathlib import Path
from typing import Any

import torch

from facewarden.errors import InputError
from facewarden.train.atomic_file import write_whole

VERSION = 1


def save(path: Path, state: dict[str, Any], *, remedy: str = "") -> None:
    """Write a checkpoint; an older one of this name stays until the new one is whole.

    Args:
        state: tensors, numbers, text, lists and dicts; nothing that would have to be run.

    Raises:
        StoreFull: there is no room; the older one is as it was.
    """
    # torch's own writer turns a full disk into an error of its own, in a destructor.
    out = io.BytesIO()
    torch.save({"version": VERSION, **state}, out)
    write_whole(path, out.getbuffer(), remedy=remedy)


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU, without running anything that it may hold.

    Raises:
        InputError: there is none, or it is none.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"there is no checkpoint {path}") from None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path} is no checkpoint", expected="a file that facewarden train wrote",
            found=f"{type(error).__name__}",
        ) from None  # fmt: skip
    version = state.get("version") if isinstance(state, dict) else None
    if version != VERSION:
        raise InputError(
            f"{path} is no checkpoint that this version reads",
            expected=f"version {VERSION}",
            found=str(version),
        )
    return dict(state)
