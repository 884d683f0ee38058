"""Who runs this process, for the audit log."""

import getpass
import os


def actor() -> str:
    """Return the login name, or the number of a user without one, as containers have."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
