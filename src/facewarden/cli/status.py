"""facewarden status: what the running watch is doing."""

import json

from rich.markup import escape
from rich.table import Table

from facewarden import wiring
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.watch import control_path


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the cameras and sinks of the running watch."""
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
