"""facewarden explain: why a track did or did not alert, asked of the running watches."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.padding import Padding

from facewarden.actor import actor
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.running import ask_each, entries
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.data import Verdict
from facewarden.errors import InputError
from facewarden.store.access import CONSOLE, Access, accessing
from facewarden.watch_places import control_paths
from facewarden.wiring.stores import open_store_from

HELD_BACK = (Verdict.QUIET_PERIOD.value, Verdict.REJECTED_BEFORE.value)


def explain(
    camera: Annotated[str, typer.Argument(help="Camera; default: all.")] = "",
    track: Annotated[int | None, typer.Argument(help="Track; default: all.")] = None,
    last: Annotated[
        int, typer.Option("--last", min=1, help="So many tracks at most, newest first.")
    ] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say for the recent tracks of all running watches why they did or did not alert.

    With --json every track is told, oldest first. That tracks were read is in the audit log.
    """
    settings = load_settings(config)
    question = {"ask": "explain", "camera": camera, "track": track}
    answers = ask_each(control_paths(settings), question)
    reply = {part: entries(answers, part) for part in ("tracks", "cameras")}
    if reply["tracks"]:
        _note_read(settings, camera, reply["tracks"])
    if as_json:
        results().print_json(json.dumps(reply))
        return
    cameras = [c for c in reply["cameras"] if not camera or c["camera"] == camera]
    if camera and not cameras and not reply["tracks"]:
        raise InputError(
            f"camera {camera} is not being watched",
            expected=", ".join(c["camera"] for c in reply["cameras"]) or "none is",
        )
    _show(reply["tracks"], last)
    for entry in cameras:
        words = f"{entry['camera']}{_whose(entry)}: {entry['state']}, "
        words += f"{entry['analysed']} frames analysed, "
        words += f"{entry['faces']} faces, {entry['tracks']} tracks"
        if not entry["faces"]:
            words += "; no face was found"
        results().print(escape(words))


def _note_read(settings: Settings, camera: str, tracks: Sequence[dict[str, Any]]) -> None:
    """Write down, before it is told, that somebody reads whom faces were like.

    Raises:
        StoreError: it cannot be written down, and so is not told.
    """
    opinions = sum(
        decision.get("opinion") is not None for track in tracks for decision in track["decisions"]
    )
    with (
        open_store_from(settings, create=False) as store,
        accessing(Access(actor(), CONSOLE)),
    ):
        of = f"camera:{camera}" if camera else "camera"
        told = {"tracks": len(tracks), "second_opinions": opinions}
        store.audit.append("", "track.explain", of, told)


def newest(tracks: list[dict[str, Any]], last: int) -> list[dict[str, Any]]:
    """Return the tracks that were in view last, newest first."""
    return sorted(tracks, key=lambda entry: str(entry["last_seen_at"]), reverse=True)[:last]


def alerted(track: dict[str, Any]) -> bool:
    """Tell whether the track raised an alert, whatever came of its later looks."""
    return any(
        decision["alert_id"] and decision["verdict"] not in HELD_BACK
        for decision in track["decisions"]
    )


def _show(tracks: list[dict[str, Any]], last: int) -> None:
    """Print the facts of each track, and below them an answer for each watchlist."""
    for entry in newest(tracks, last):
        raised = alerted(entry)
        first_seen = datetime.fromisoformat(entry["first_seen_at"]).astimezone(UTC)
        facts = (
            f"{entry['camera_id']}{_whose(entry)} track {entry['track_id']}",
            f"{first_seen:%Y-%m-%d %H:%M:%S} UTC",
            f"{entry['faces']} faces",
            f"{entry['looks']} looks",
            f"largest {entry['largest_px']:.0f} px",
            f"quality {entry['best_quality']:.2f}",
        )
        words = ("ALERT " if raised else "") + ", ".join(facts)
        results().print(escape(words), style="bold" if raised else None)
        for answer in entry["answer"]:
            results().print(Padding(escape(answer), (0, 0, 0, 4)))
    if len(tracks) > last:
        total = sum(alerted(entry) for entry in tracks)
        words = f"the newest {last} of {len(tracks)} tracks, {total} of which alerted"
        results().print(f"{words}; more with --last N, or by camera and track")


def _whose(entry: dict[str, Any]) -> str:
    """Name the deployment of a track or camera; nothing for a watch by hand."""
    return "" if entry["deployment"] is None else f" (deployment {entry['deployment']})"
