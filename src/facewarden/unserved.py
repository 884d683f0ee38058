"""Deliveries that nobody makes: they wait for sinks that the process that delivers does not run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.store.sink_queues import SinkQueue

SETTINGS: Final = "the settings"
DELIVERER: Final = "the process that delivers"
_REMEDIES: Final = {
    SETTINGS: "give a sink this name again, or say facewarden alerts give-up {sink}",
    DELIVERER: "start it with settings that have it, or say facewarden alerts give-up {sink}",
}


def unserved(queues: Sequence[SinkQueue], sinks: Collection[str]) -> dict[str, int]:
    """Return how many deliveries wait for each sink that is not one of `sinks`, by name."""
    return {one.sink: one.waiting for one in queues if one.waiting and one.sink not in sinks}


def lines_of(waiting: Mapping[str, int], whose: str) -> list[str]:
    """Return a line for each sink of `unserved`, with what to do.

    Args:
        whose: sinks it is not among: SETTINGS or DELIVERER.
    """
    return [
        f"{count} deliver{'y waits' if count == 1 else 'ies wait'} for sink {sink}, which is not "
        f"among the sinks of {whose}: {_REMEDIES[whose].format(sink=sink)}"
        for sink, count in sorted(waiting.items())
    ]


def sinks_of_deliverer(sockets: Sequence[Path]) -> frozenset[str] | None:
    """Ask the processes of these sockets which sinks are delivered to.

    Returns:
        None where none of them delivers: nobody does, or a process of another machine.
    """
    for socket in sockets:
        try:
            answer = ask(socket, {"ask": "status"})
        except InputError:  # of one that has died
            continue
        if answer.get("delivers"):
            return frozenset(str(entry["sink"]) for entry in answer.get("sinks", ()))
    return None
