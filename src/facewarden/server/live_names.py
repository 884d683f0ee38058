"""The names of candidates in live pictures, for those who may read their alerts."""

from collections.abc import Callable, Iterable
from typing import Any

from anyio.to_thread import run_sync

from facewarden.errors import StoreError
from facewarden.store.open import Store

MOST = 1000
"""Names that are kept for one viewer."""


class LiveNames:
    """Adds names to what one viewer is told; on the event loop only.

    A name is that of the alert, as it was written down when it was raised: it tells no more than
    the alert, which the viewer may read. It is read once, in a thread, and only where a candidate
    comes into view; an alert that the store does not have yet is asked for again with the next
    picture.
    """

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of
        self._names: dict[str, str] = {}

    async def added(self, header: dict[str, Any]) -> dict[str, Any]:
        """Return the header of a picture with the name of each candidate; "" where it is unknown.

        The header itself is shared with other viewers and stays as it is.
        """
        shown = [c["alert"] for box in header["boxes"] for c in box["candidates"]]
        unknown = [alert_id for alert_id in shown if alert_id not in self._names]
        if unknown:
            found = await run_sync(self._read, unknown)
            if len(self._names) + len(found) > MOST:
                self._names.clear()
            self._names |= found
        boxes = [
            box
            | {
                "candidates": [
                    c | {"name": self._names.get(c["alert"], "")} for c in box["candidates"]
                ]
            }
            for box in header["boxes"]
        ]
        return header | {"boxes": boxes}

    def _read(self, alert_ids: Iterable[str]) -> dict[str, str]:
        found = {}
        for alert_id in alert_ids:
            name = self._name_of(alert_id)
            if name:
                found[alert_id] = name
        return found


def names_in(store: Store) -> Callable[[str], str]:
    """Return what reads the name of an alert's subject; "" while there is no such alert."""

    def name_of(alert_id: str) -> str:
        try:
            return store.alerts.get(alert_id, with_snapshot=False).alert.subject_name
        except StoreError:
            return ""

    return name_of
