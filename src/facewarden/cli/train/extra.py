"""The laboratory needs libraries that the rest of facewarden does not."""

from importlib.util import find_spec

from facewarden.errors import ConfigError

NEEDED = ("torch", "sklearn")


def require_extra() -> None:
    """Check that the libraries of the extra are there, without importing them.

    Raises:
        ConfigError: one is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(
            "the laboratory is not installed",
            expected="torch and scikit-learn",
            found=f"no {' and no '.join(missing)}",
            remedy="pip install 'facewarden[train]'",
        )
