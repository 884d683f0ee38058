"""Ends a conversation that takes too long as a whole."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def ended_after(limit_s: float, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Break the connection when the block takes longer; whoever reads from it gets an OSError.

    Timeouts of a socket count for each byte anew: what trickles in would hold a sink for ever.

    Args:
        limit_s: seconds for the whole block.
        current: the socket at that time; None while there is none.
    """
    timer = threading.Timer(limit_s, _break, [current])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _break(current: Callable[[], socket.socket | None]) -> None:
    found = current()
    if found is not None:
        with suppress(OSError):  # closed meanwhile
            # That of the plain socket: SSLSocket's own would pull the rug from a reader.
            socket.socket.shutdown(found, socket.SHUT_RDWR)
