"""facewarden status: what the running watches and the server are doing."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from facewarden.cli.consoles import results
from facewarden.cli.listing import listing
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.re_enrol import words_of
from facewarden.cli.running import ask_each, called, entries
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.errors import FacewardenError
from facewarden.pipeline.presenting import HELD
from facewarden.review import figures
from facewarden.store.re_enrolment import ReEnrolment
from facewarden.store.sink_queues import SinkQueue
from facewarden.unserved import DELIVERER, SETTINGS, lines_of, unserved
from facewarden.watch_places import control_paths, server_path
from facewarden.wiring.stores import open_store_from


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the cameras, watchlists and sinks of all running watches, and of the server."""
    settings = load_settings(config)
    found, queues = _stored(settings)
    try:
        answers = ask_each([*control_paths(settings), server_path(settings)], {"ask": "status"})
    except FacewardenError:
        if found is None:
            raise
        answers = []  # a re-enrolment needs no watch
    reply = {
        part: entries(answers, part)
        for part in ("cameras", "watchlists", "presentation", "stages", "records")
    }
    reply["re_enrolment"] = [asdict(found)] if found is not None else []
    reply["sinks"] = [entry for answer in answers for entry in answer["sinks"]]
    delivered = any(answer.get("delivers") for answer in answers)
    waiting = unserved(
        queues,
        {entry["sink"] for entry in reply["sinks"]}
        if delivered
        else {sink.name for sink in settings.sinks},
    )
    reply["unserved"] = [{"sink": sink, "waiting": n} for sink, n in sorted(waiting.items())]
    if as_json:
        results().print_json(json.dumps(reply, default=str))
        return
    if found is not None:
        results().print(escape(words_of(found)))
    _show(reply)
    for line in lines_of(waiting, DELIVERER if delivered else SETTINGS):
        results().print(escape(line), style="yellow")


def _show(reply: dict[str, list[dict[str, Any]]]) -> None:
    """Print what the watches and the server answered."""
    results().print(_cameras(reply["cameras"]))
    for entry in reply["cameras"]:
        if entry["problem"]:
            results().print(escape(f"{entry['camera']}: {entry['problem']}"), soft_wrap=True)
    results().print(_watchlists(reply["watchlists"]))
    for entry in reply["watchlists"]:
        results().print(escape(_about(entry)), soft_wrap=True)
    for entry in reply["watchlists"]:
        if entry["problem"]:
            results().print(escape(f"{entry['watchlist']}: {entry['problem']}"), style="yellow")
    for entry in reply["records"]:
        if entry["problem"] or entry["lost"]:
            results().print(escape(_records(entry)), style="red")
    if reply["presentation"]:
        results().print(_presentation(reply["presentation"]))
    results().print(_sinks(reply["sinks"]))
    if reply["stages"]:
        results().print(_stages(reply["stages"]))


def _stored(settings: Settings) -> tuple[ReEnrolment | None, list[SinkQueue]]:
    """Return the re-enrolment that is under way, if any, and what waits for each sink."""
    try:
        with open_store_from(settings, create=False) as store:
            found, queues = store.re_enrolments.progress(), store.alerts.queues()
    except FacewardenError:  # no store yet, or not ours to read: the watches answer without it
        return None, []
    return (found if found is not None and found.switched_at is None else None), queues


def _sinks(sinks: list[dict[str, Any]]) -> Table:
    table = Table("sink", "healthy", "delivered", "failed attempts", "remark")
    for entry in sinks:
        table.add_row(
            escape(entry["sink"]),
            "yes" if entry["healthy"] else "no",
            str(entry["delivered"]),
            str(entry["failed"]),
            escape(entry["problem"]),
        )
    return table


def _records(entry: dict[str, Any]) -> str:
    """Say what of a watch's finds is not in the store, and why."""
    words = f"{figures.count(entry['waiting'])} records wait to be written"
    lost = f", {figures.count(entry['lost'])} are lost" if entry["lost"] else ""
    return f"{words}{lost}" + (f": {entry['problem']}" if entry["problem"] else "")


def _presentation(counts: list[dict[str, Any]]) -> str:
    """Say what was found of tracks that are over, by all watches together."""
    total: Counter[str] = Counter()
    for entry in counts:
        total[entry["outcome"]] += entry["count"]
    held = total.pop(HELD, 0)
    found = ", ".join(f"{figures.count(n)} {outcome}" for outcome, n in total.most_common())
    words = f"living person or picture, of tracks that are over: {found or 'none asked about'}"
    return f"{words}; alerts held: {figures.count(held)}"


def _stages(stages: list[dict[str, Any]]) -> Table:
    """Return what each stage of the route cost so far; decoding goes on beside it, in threads."""
    table = Table("stage", "done", "ms each", "share")
    items: Counter[str] = Counter()
    seconds: dict[str, float] = {}
    for entry in stages:
        items[entry["stage"]] += entry["items"]
        seconds[entry["stage"]] = seconds.get(entry["stage"], 0.0) + entry["seconds"]
    total = sum(seconds.values())
    for stage, spent in seconds.items():
        table.add_row(
            stage,
            figures.count(items[stage]),
            f"{1000 * spent / max(1, items[stage]):.2f}",
            figures.share(spent / total) if total else "-",
        )
    table.caption = "time spent in the stages of the route, decoding not included"
    return table


def _cameras(cameras: list[dict[str, Any]]) -> Table:
    """Return what each camera is doing."""
    whose = _deployments(cameras)
    table = listing(
        *whose, "camera", "state", "frames", "dropped", "faces", "tracks", "down",
        wrapping={"camera"},
    )  # fmt: skip
    for entry in cameras:
        table.add_row(
            *(called(entry["deployment"]) for _ in whose),
            escape(entry["camera"]),
            entry["state"],
            str(entry["analysed"]),
            str(entry["dropped"]),
            str(entry["faces"]),
            str(entry["tracks"]),
            f"{entry['down_s']:.0f} s",
        )
    return table


def _deployments(entries: list[dict[str, Any]]) -> list[str]:
    """Return the column that tells deployments apart; none where all watches are by hand."""
    return ["deployment"] if any(entry["deployment"] is not None for entry in entries) else []


def _watchlists(watchlists: list[dict[str, Any]]) -> Table:
    """Return thresholds, and false alerts of the last days: expected beside observed."""
    whose = _deployments(watchlists)
    table = listing(
        *whose, "watchlist", "threshold", "tracks", "expected", "rejected",
        "unreviewed", wrapping={"watchlist", "expected"},
    )  # fmt: skip
    for entry in watchlists:
        line = entry["budget"]
        observed = ("0", "-", "-", "-")
        if line is not None:
            observed = (
                str(line["tracks"]),
                figures.expected(
                    line["expected_false_alerts"], line["expected_low"], line["expected_high"]
                ),
                str(line["rejected"]),
                str(line["open"]),
            )
        table.add_row(
            *(called(entry["deployment"]) for _ in whose),
            escape(entry["watchlist"]),
            f"{entry['threshold']:.3f}",
            *observed,
        )
    table.caption = (
        "expected: false alerts of the last 7 days; in brackets what chance makes of them"
    )
    return table


def _about(entry: dict[str, Any]) -> str:
    """Say what a watchlist's threshold follows from, and whether its alerts are as expected."""
    line = entry["budget"]
    agreement = "nothing to expect yet" if line is None else line["agreement"]
    return f"{entry['watchlist']}: {agreement}; threshold: {entry['follows']}"
