"""facewarden status: what the running watch is doing."""

import json
from typing import Any

from rich.markup import escape
from rich.table import Table

from facewarden import wiring
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.review import figures
from facewarden.watch import control_path


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the cameras, watchlists and sinks of the running watch."""
    reply = ask(control_path(wiring.load(config)), {"ask": "status"})
    if "error" in reply:
        raise InputError(str(reply["error"]))
    if as_json:
        results().print_json(json.dumps(reply))
        return
    cameras = Table("camera", "state", "frames", "dropped", "faces", "tracks", "down", "remark")
    for entry in reply["cameras"]:
        cameras.add_row(
            escape(entry["camera"]),
            entry["state"],
            str(entry["analysed"]),
            str(entry["dropped"]),
            str(entry["faces"]),
            str(entry["tracks"]),
            f"{entry['down_s']:.0f} s",
            escape(entry["problem"]),
        )
    results().print(cameras)
    results().print(_watchlists(reply.get("watchlists", [])))
    for entry in reply.get("watchlists", []):
        if entry["problem"]:
            results().print(escape(f"{entry['watchlist']}: {entry['problem']}"), style="yellow")
    sinks = Table("sink", "healthy", "delivered", "failed attempts", "remark")
    for entry in reply["sinks"]:
        sinks.add_row(
            escape(entry["sink"]),
            "yes" if entry["healthy"] else "no",
            str(entry["delivered"]),
            str(entry["failed"]),
            escape(entry["problem"]),
        )
    results().print(sinks)
    if reply.get("stages"):
        results().print(_stages(reply["stages"]))


def _stages(entries: list[dict[str, Any]]) -> Table:
    """Return what each stage of the route cost so far; decoding goes on beside it, in threads."""
    table = Table("stage", "done", "ms each", "share")
    total = sum(entry["seconds"] for entry in entries)
    for entry in entries:
        table.add_row(
            entry["stage"],
            figures.count(entry["items"]),
            f"{1000 * entry['seconds'] / max(1, entry['items']):.2f}",
            figures.share(entry["seconds"] / total) if total else "-",
        )
    table.caption = "time spent in the stages of the route, decoding not included"
    return table


def _watchlists(entries: list[dict[str, Any]]) -> Table:
    """Return thresholds, and false alerts of the last days: expected beside observed."""
    table = Table(
        "watchlist", "threshold", "follows from", "tracks", "false expected", "rejected",
        "unreviewed", "so",
    )  # fmt: skip
    for entry in entries:
        line = entry["budget"]
        observed = ("0", "-", "-", "-", "nothing to expect yet")
        if line is not None:
            observed = (
                str(line["tracks"]),
                figures.expected(
                    line["expected_false_alerts"], line["expected_low"], line["expected_high"]
                ),
                str(line["rejected"]),
                str(line["open"]),
                line["agreement"],
            )
        table.add_row(
            escape(entry["watchlist"]),
            f"{entry['threshold']:.3f}",
            escape(entry["follows"]),
            *observed,
        )
    table.caption = "false alerts of the last 7 days; in brackets what chance makes of them"
    return table
