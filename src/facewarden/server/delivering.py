"""The server delivers the alerts of its watches, and keeps what it alone does for its store."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

from facewarden.config.settings import Settings
from facewarden.delivery import Delivery
from facewarden.duty import Duty
from facewarden.errors import FacewardenError
from facewarden.pipeline.control import ControlServer
from facewarden.seldom import Seldom
from facewarden.server.supervisor import Happening
from facewarden.store.open import Store
from facewarden.unserved import SETTINGS, lines_of, unserved
from facewarden.watch import delivery_for
from facewarden.watch_places import server_path

log = logging.getLogger("facewarden.server")

LOOK_EVERY_S: Final = 1.0
POLL_S: Final = 0.25
"""Alerts are written by other processes: how long one waits at most until it is seen here."""
DRAIN_S: Final = 10.0
"""For the sinks, at the end; as long as a watch of its own gives them."""


def end_server() -> None:
    """End this process in order, as a signal from outside would."""
    os.kill(os.getpid(), signal.SIGTERM)


class Delivering:
    """Delivers whether or not anything is watched, and says on a socket how the sinks are.

    The watches that the server starts deliver nothing themselves: what is left in the outbox when
    the last of them has ended would stay there.

    Args:
        serving: the duty that this server holds; kept here, since a restart of the database ends
            it.
        relieved: called when another server has taken that over.

    Raises:
        FacewardenError: sinks that cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        serving: Duty | None = None,
        relieved: Callable[[], None] = end_server,
    ) -> None:
        self._delivery: Delivery = delivery_for(settings, store, poll_s=POLL_S)
        self._serving = serving
        self._relieved = relieved
        sinks = {sink.name for sink in settings.sinks}
        for line in lines_of(unserved(store.alerts.queues(), sinks), SETTINGS):
            log.warning("%s", line)
        self._control = ControlServer(server_path(settings), self._answer)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivering", daemon=True)

    def start(self) -> None:
        """Begin to deliver, or to wait until nobody else does."""
        self._control.start()
        self._thread.start()

    def stop(self) -> None:
        """Give the sinks time for what is left, and end."""
        self._ending.set()
        self._thread.join()
        self._delivery.stop(DRAIN_S)
        self._control.stop()

    def happened(self, happening: Happening) -> None:
        """Say at the brokers how a camera is doing; from any thread, at once."""
        if happening.camera_id:
            self._delivery.camera_status(
                happening.camera_id, happening.name, happening.state, happening.problem
            )

    def _run(self) -> None:
        trouble = Seldom(log)
        while True:
            try:
                self._delivery.look()
                if self._serving is not None and not self._serving.keep():
                    log.error("this server ends: another one serves for its store")
                    self._relieved()
                    return
            except FacewardenError as error:
                trouble.tell(logging.WARNING, str(error))
            except Exception:  # without this thread nobody would take over
                log.exception("a look at who delivers failed")
            if self._ending.wait(LOOK_EVERY_S):
                return

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if question.get("ask") == "status":
            return {"delivers": self._delivery.ours, "sinks": self._delivery.as_json()}
        return {"error": f"unknown question {question.get('ask')!r}"}
