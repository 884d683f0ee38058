"""The first start: a token on the console makes the first administrator, once."""

from collections.abc import Callable

from facewarden.store.invitations import FIRST_START_HOURS
from facewarden.store.open import Store


def announce_first_start(store: Store, address: str, say: Callable[[str], None]) -> bool:
    """Say how to make the first administrator, while there is no account; tell whether it was said.

    Args:
        address: where browsers reach this server.
        say: prints a line on the console, and nowhere else: the token is a secret.
    """
    token = store.invitations.first_start()
    if token is None:
        return False
    say(
        f"nobody can sign in yet: open {address}/#first-start={token} within "
        f"{FIRST_START_HOURS} h to make the first administrator, or give this one-time token:"
    )
    say(token)
    return True
