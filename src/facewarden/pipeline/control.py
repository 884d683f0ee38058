"""The socket on which a running watch answers questions; only its own user can reach it."""

import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facewarden.errors import InputError

log = logging.getLogger("facewarden.control")

LIMIT_BYTES = 1 << 16
QUESTION_S = 5.0
"""For a question to arrive, and again for its answer to leave: others wait for their turn."""
ANSWER_S = 10.0
LONGEST_PATH_BYTES = 103 if sys.platform == "darwin" else 107
"""Of a Unix socket: sun_path of unix(4) and unix(7), less the closing NUL."""

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class ControlServer:
    """Answers one JSON question per connection on a Unix socket with mode 0600."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self._path = path
        self._answer = answer
        self._socket: socket.socket | None = None
        self._thread = threading.Thread()

    def start(self) -> None:
        """Listen; the caller holds the store's writer lock, so a left-over socket is stale."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            require_short(self._path)
            self._path.unlink(missing_ok=True)
            # Linux makes the file with this mode, so that it is never open to others for a moment.
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(str(self._path))
            self._path.chmod(0o600)
        except (OSError, InputError) as error:
            listening.close()
            log.warning("explain will not work: %s", error)
            return
        listening.listen(4)
        self._socket = listening
        self._thread = threading.Thread(
            target=self._serve, args=(listening,), name="control", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the socket and remove it."""
        if self._socket is None:
            return
        # shutdown wakes accept(), which close() alone does not
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    reply = self._reply(_read_line(connection, LIMIT_BYTES, QUESTION_S))
                    connection.settimeout(QUESTION_S)
                    connection.sendall(reply)
                except OSError:
                    log.debug("the asker has gone")

    def _reply(self, line: bytes) -> bytes:
        """Answer one question; whatever it is, the next one gets its answer too."""
        try:
            question = json.loads(line)
            if not isinstance(question, dict):
                raise TypeError("expected a JSON object")  # noqa: TRY301
            return json.dumps(self._answer(question)).encode() + b"\n"
        except (ValueError, TypeError, KeyError) as error:
            problem = str(error)
        except Exception as error:
            log.exception("a question could not be answered")
            problem = type(error).__name__
        return json.dumps({"error": f"the question could not be answered: {problem}"}).encode()


def ask(path: Path, question: dict[str, Any]) -> dict[str, Any]:
    """Ask the running watch.

    Raises:
        InputError: nobody is watching with this store, its path is too long for a socket, or the
            answer made no sense.
    """
    require_short(path)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_S)
            connection.connect(str(path))
            connection.sendall(json.dumps(question).encode() + b"\n")
            reply = json.loads(_read_line(connection, 1 << 26, ANSWER_S))
    except (OSError, ValueError):
        raise InputError(
            "no running watch answered",
            expected="facewarden watch running on the same store",
            remedy="start it, or use watch --explain",
        ) from None
    if not isinstance(reply, dict):
        raise InputError("the running watch answered in an unknown form")
    return reply


def require_short(path: Path) -> None:
    """Raise InputError for a path that no Unix socket can have."""
    length = len(os.fsencode(path))
    if length > LONGEST_PATH_BYTES:
        raise InputError(
            f"{path} is too long for a socket",
            expected=f"at most {LONGEST_PATH_BYTES} bytes",
            found=str(length),
            remedy="choose a shorter data_dir",
        )


def _read_line(connection: socket.socket, limit: int, within_s: float) -> bytes:
    """Read up to a line break; all of it within the time, however it trickles in."""
    deadline_s = time.monotonic() + within_s
    received = bytearray()
    while not received.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline_s - time.monotonic()))
        part = connection.recv(65536)
        if not part or len(received) + len(part) > limit:
            break
        received += part
    return bytes(received)
