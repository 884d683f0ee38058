"""Of all processes of a store one delivers; when it ends, another one takes over."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from facewarden.alert.deliverer import Deliverer
from facewarden.alert.mqtt_sink import MqttSink
from facewarden.alert.outbox import Outbox
from facewarden.alert.sink import Sink
from facewarden.alert.status import SinkStatus
from facewarden.alert.worker import POLL_S
from facewarden.duty import Duty
from facewarden.errors import FacewardenError, StoreBusy

log = logging.getLogger("facewarden.delivery")

STOP_S = 5.0


class Delivery:
    """Delivers what is in the outbox while no other process of this store does.

    Two that deliver would send every alert twice. A duty ends with its process, whatever way that
    ends, so that somebody always delivers; what others put into the outbox is found by polling.
    Only who delivers is connected to the sinks: so one client of ours says at an MQTT broker
    whether alerts are delivered, and how the cameras are.

    Args:
        outbox: where deliveries wait.
        make_sinks: makes the sinks, anew for each time that the duty comes to this process.
        duty: to deliver.
        poll_s: how often to look for what others put into the outbox, in seconds.

    Raises:
        FacewardenError: sinks that cannot be used.
    """

    def __init__(
        self,
        outbox: Outbox,
        make_sinks: Callable[[], Sequence[Sink]],
        duty: Duty,
        *,
        poll_s: float = POLL_S,
    ) -> None:
        self._outbox = outbox
        self._make_sinks = make_sinks
        self._duty = duty
        self._poll_s = poll_s
        self._turn = threading.Lock()
        self._telling = threading.Lock()  # of two states of a camera the later one is told last
        self._cameras: dict[str, tuple[str, str, str]] = {}
        self._stopped = False
        self._delivers = False
        self._problem = ""
        # At once, though it may never be our turn: what is wrong with them is said at the start.
        self._prepare()

    @property
    def ours(self) -> bool:
        """Whether this process is the one that delivers."""
        return self._delivers

    def look(self) -> None:
        """Begin when nobody delivers, end when somebody else does; call it every second."""
        with self._turn:
            if self._stopped:
                return
            if not self._delivers:
                self._begin()
                return
            if not self._duty.keep():
                self._end()

    def wake(self) -> None:
        """Deliver now: something was put into the outbox."""
        if self._delivers:
            self._deliverer.wake()

    def camera_status(self, camera_id: str, name: str, state: str, problem: str) -> None:
        """Say how a camera is doing, where sinks tell that; from any thread, at once.

        Said again whenever the duty comes to this process.
        """
        with self._telling:
            self._cameras[camera_id] = (name, state, problem)
            if self._delivers:
                self._tell(camera_id)

    def stop(self, drain_s: float) -> None:
        """Give the sinks `drain_s` seconds for what is left, then let another process deliver."""
        with self._turn:
            self._stopped = True
            if self._delivers:
                self._deliverer.drain(drain_s)
            self._delivers = False
            self._deliverer.stop(STOP_S)
            self._duty.release()

    def status(self) -> dict[str, SinkStatus]:
        """Return how each sink is doing, by name; none where another process delivers."""
        return self._deliverer.status() if self._delivers else {}

    def as_json(self) -> list[Mapping[str, Any]]:
        """Return `status` as plain values."""
        return [
            {
                "sink": name,
                "healthy": status.healthy,
                "delivered": status.delivered,
                "failed": status.failed,
                "problem": "" if status.healthy else status.last_problem,
            }
            for name, status in self.status().items()
        ]

    def _prepare(self) -> None:
        self._sinks = tuple(self._make_sinks())
        self._deliverer = Deliverer(self._outbox, self._sinks, poll_s=self._poll_s)
        self._used = False

    def _tell(self, camera_id: str) -> None:
        for sink in self._sinks:
            if isinstance(sink, MqttSink):
                sink.camera_status(camera_id, *self._cameras[camera_id])

    def _ready(self) -> bool:
        """Say whether there are sinks to begin with: made anew after a turn that ended.

        While they cannot be made the duty is left to the other processes.
        """
        if self._used:
            try:
                self._prepare()
            except FacewardenError as problem:
                if str(problem) != self._problem:
                    self._problem = str(problem)
                    log.error("this process cannot deliver: %s", problem)  # noqa: TRY400
                return False
            self._problem = ""
        return True

    def _begin(self) -> None:
        if not self._ready():
            return
        try:
            self._duty.take()
        except StoreBusy:  # or the database is away, which is one
            return
        self._used = True
        self._deliverer.start()
        for sink in self._sinks:
            if isinstance(sink, MqttSink):
                sink.open()
        with self._telling:
            self._delivers = True
            for camera_id in self._cameras:
                self._tell(camera_id)

    def _end(self) -> None:
        self._delivers = False
        self._deliverer.stop(STOP_S)
