"""Where facewarden keeps its things unless told otherwise."""

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "FACEWARDEN_HOME"
MODELS_VARIABLE = "FACEWARDEN_MODELS"


def data_folder() -> Path:
    """Return $FACEWARDEN_HOME, or the user's data folder of this platform; nothing is made."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute()
    return Path(platformdirs.user_data_dir("facewarden", appauthor=False))


def store_file(data_dir: Path) -> Path:
    """Return the embedded database of a data folder."""
    return data_dir / "facewarden.sqlite"


def key_file(data_dir: Path) -> Path:
    """Return the file of the key that encrypts templates and images at rest."""
    return data_dir / "facewarden.key"


def models_folder() -> Path:
    """Return the model cache: $FACEWARDEN_MODELS, or models in the user's cache folder."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("facewarden") / "models"
