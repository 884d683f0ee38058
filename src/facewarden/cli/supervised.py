"""A child of the server: it ends when the server does, however that ends."""

import os
import sys
import threading
from collections.abc import Callable

from facewarden.errors import StoreBusy

PATIENCE_S = 20.0
"""A watch drains its sinks for up to 10 s; one that hangs for so long after it was told to stop
would keep the next one out."""


def end_with_standard_input(stop: Callable[[], None], *, patience_s: float = PATIENCE_S) -> None:
    """Call `stop` once standard input is closed; the process is gone `patience_s` later.

    The server holds the other end of the pipe, and the kernel closes it whatever way the server
    ends, kill -9 included.
    """

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        hard = threading.Timer(patience_s, os._exit, (StoreBusy.exit_code,))
        hard.daemon = True
        hard.start()
        stop()

    threading.Thread(target=wait, name="parent", daemon=True).start()
