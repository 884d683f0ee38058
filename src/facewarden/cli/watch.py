"""facewarden watch: cameras and recordings against the watchlists."""

import json
import re
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from facewarden.capture.address import parse_address
from facewarden.cli.consoles import problems, results
from facewarden.cli.durations import parse_duration, parse_moment
from facewarden.cli.ending import ending_signals
from facewarden.cli.options import ConfigOption, EngineOption, JsonOption, WatchlistsOption
from facewarden.cli.settings import settings_from
from facewarden.cli.supervised import PATIENCE_S, end_with_standard_input
from facewarden.cli.thresholds import FpirOption, PerDayOption, require_one
from facewarden.config.camera import CameraSettings
from facewarden.config.checked import checked
from facewarden.config.section import LONGEST_LABEL
from facewarden.config.settings import Settings
from facewarden.config.watchlist import WatchlistSettings
from facewarden.data import Alert
from facewarden.decide.trace import Trace
from facewarden.errors import ConfigError, SourceFailed
from facewarden.pipeline.runner import LaneStatus
from facewarden.unserved import DELIVERER, lines_of
from facewarden.watch import Listeners, Summary, Watch
from facewarden.watch_answers import status_json


def watch(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="rtsp:// or http(s):// addresses, recordings, folders, /dev/videoN."),
    ] = None,
    watchlist: WatchlistsOption = None,
    config: ConfigOption = None,
    threshold: Annotated[
        float | None, typer.Option(help="Similarity for an alert; default: calibrated.")
    ] = None,
    fpir: FpirOption = None,
    false_alerts_per_day: PerDayOption = None,
    quiet_period_s: Annotated[
        float | None, typer.Option("--quiet-period", help="Seconds between alerts of a subject.")
    ] = None,
    analyse_fps: Annotated[float | None, typer.Option(help="Pictures analysed a second.")] = None,
    min_face_px: Annotated[int | None, typer.Option(help="Least height of a face, px.")] = None,
    detect_size_px: Annotated[int | None, typer.Option(help="Longer side for detection.")] = None,
    realtime: Annotated[bool, typer.Option(help="Play recordings at their own speed.")] = False,
    loop: Annotated[bool, typer.Option(help="Start recordings again when they end.")] = False,
    rotate: Annotated[
        int | None, typer.Option(help="Turn pictures clockwise by 90, 180 or 270 degrees.")
    ] = None,
    aspect: Annotated[
        str | None, typer.Option(help="Width to height of what the camera sees, such as 4:3.")
    ] = None,
    recorded_at: Annotated[
        str, typer.Option(help="When recordings begin, such as 2026-11-20T14:00.")
    ] = "",
    stop_after: Annotated[str, typer.Option("--for", help="Stop after, such as 90s or 8h.")] = "",
    explain: Annotated[bool, typer.Option(help="Say for every track why or why not.")] = False,
    deployment: Annotated[
        int | None,
        typer.Option(help="Id of the deployment to watch for: its cameras, lists, budget, time."),
    ] = None,
    supervised: Annotated[
        bool, typer.Option("--supervised", hidden=True, help="End when standard input does.")
    ] = False,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Watch for the people on the watchlists and deliver an alert for each."""
    settings = settings_from(config, engine=engine)
    if deployment is not None:
        for option, given in (
            ("SOURCES", sources),
            ("--watchlist", watchlist),
            ("--threshold", threshold),
            ("--fpir", fpir),
            ("--false-alerts-per-day", false_alerts_per_day),
        ):
            if given:
                raise ConfigError(
                    f"--deployment and {option} do not go together",
                    expected="what was authorised, and nothing else",
                )
    changes = {
        name: value
        for name, value in {
            "analyse_fps": analyse_fps,
            "min_face_px": min_face_px,
            "detect_size_px": detect_size_px,
            "rotate_deg": rotate,
            "aspect": aspect,
            "recorded_at": parse_moment(recorded_at, datetime.now(UTC)) if recorded_at else None,
            "realtime": realtime or None,
            "loop": loop or None,
        }.items()
        if value is not None
    }
    settings = with_sources(settings, sources or [], changes)
    settings = with_decision(
        settings,
        watchlist or [],
        threshold,
        quiet_period_s,
        fpir=fpir,
        false_alerts_per_day=false_alerts_per_day,
    )
    if deployment is None and not any(camera.enabled for camera in settings.cameras):
        raise ConfigError("nothing to watch", expected="a source, or cameras in --config FILE")
    until_ended = deployment is None and (config is None or bool(sources))
    screen = Screen(explain=explain, quiet=as_json)
    running = Watch(
        settings,
        watchlists=watchlist or [],
        config=config if not sources else None,
        deployment_id=deployment,
        patience_s=PATIENCE_S if supervised else 0.0,
        deliver=not supervised,
        listeners=Listeners(
            alert=screen.alert, track_ended=screen.track_ended, status=screen.status
        ),
        console=None if as_json else screen.console,
    )
    for number in ending_signals():
        signal.signal(number, _stopper(running))
    if supervised:
        end_with_standard_input(running.stop)
    if stop_after:
        timer = threading.Timer(parse_duration(stop_after).total_seconds(), running.stop)
        timer.daemon = True
        timer.start()
    with screen:
        summary = running.run(until_ended=until_ended)
    if running.end_reason and not as_json:
        what = "the watch" if deployment is None else f"deployment {deployment}"
        results().print(f"{what} is over: {escape(running.end_reason)}")
    _show(summary, as_json=as_json)
    if summary.unwritten:
        raise typer.Exit(5)
    if until_ended and any(
        camera.stats.state == "failed" or camera.problem for camera in summary.cameras.values()
    ):
        raise typer.Exit(SourceFailed.exit_code)


def with_sources(settings: Settings, sources: Sequence[str], changes: dict[str, Any]) -> Settings:
    """Return settings that watch these sources too, with the options for all of those."""
    cameras = list(settings.cameras)
    taken = {camera.id for camera in cameras}
    for source in sources:
        # A refused address is an error of the command, before it starts.
        redacted = parse_address(source).redacted
        called = _called(redacted)
        camera_id = _free_id(called, taken)
        taken.add(camera_id)
        cameras.append(
            checked(
                CameraSettings,
                {
                    "id": camera_id,
                    "name": "" if "://" in redacted else called,
                    "source": source,
                    **changes,
                },
                f"{camera_id} cannot be watched so",
            )
        )
    return settings.model_copy(update={"cameras": tuple(cameras)})


def _called(source: str) -> str:
    """Return a file's name or a host; `source` shows no secrets, and so does what is returned."""
    tail = source.split("?", maxsplit=1)[0].rstrip("/")
    stem = tail.split("://")[-1] if "://" in source else Path(tail).stem
    return stem[:LONGEST_LABEL]


def _free_id(called: str, taken: set[str]) -> str:
    """Return an id of ASCII, since it stands in addresses; the name says what it cannot."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", called).strip("-")[:50] or "camera"
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate


def with_decision(
    settings: Settings,
    watchlists: Sequence[str],
    threshold: float | None,
    quiet_period_s: float | None,
    *,
    fpir: float | None = None,
    false_alerts_per_day: float | None = None,
) -> Settings:
    """Return settings with the options that change what becomes an alert.

    Raises:
        ConfigError: a threshold and a budget, or either without a watchlist.
    """
    require_one(threshold=threshold, fpir=fpir, false_alerts_per_day=false_alerts_per_day)
    plain = settings.model_copy()
    if quiet_period_s is not None:
        decision = checked(
            type(settings.decision),
            {**settings.decision.model_dump(), "quiet_period_s": quiet_period_s},
            "alerts cannot be decided so",
        )
        plain = plain.model_copy(update={"decision": decision})
    wish = {"threshold": threshold, "fpir": fpir, "false_alerts_per_day": false_alerts_per_day}
    given = [name for name, value in wish.items() if value is not None]
    if given:
        if not watchlists:
            option = given[0].replace("_", "-")
            raise ConfigError(f"--{option} needs to know for whom", expected="--watchlist NAME")
        known = {entry.name: entry for entry in settings.watchlists}
        for name in watchlists:
            entry = known.get(name)
            kept = {"sinks": entry.sinks, "presentation": entry.presentation} if entry else {}
            known[name] = checked(
                WatchlistSettings,
                {"name": name, **kept, **wish},
                f"watchlist {name} cannot be watched so",
            )
        plain = plain.model_copy(update={"watchlists": tuple(known.values())})
    return plain


def _stopper(running: Watch) -> Any:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # Not in the handler itself: it may have interrupted the holder of a lock.
        threading.Thread(target=running.stop, daemon=True).start()

    return stop


class Screen:
    """A bar per camera with frames, faces, alerts and speed, and lines above it."""

    def __init__(self, *, explain: bool, quiet: bool) -> None:
        self.console = problems() if quiet else results()
        self._explain = explain
        self._bars: dict[str, TaskID] = {}
        self._alerts: Counter[str] = Counter()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f} frames"),
            TextColumn("{task.fields[more]}"),
            console=self.console,
            transient=True,
        )

    def __enter__(self) -> "Screen":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def alert(self, alert: Alert) -> None:
        """Count an alert; its line comes from the console sink."""
        if alert.revision == 1:
            self._alerts[alert.camera_id] += 1

    def status(self, statuses: list[LaneStatus]) -> None:
        """Move the bars."""
        for status in statuses:
            bar = self._bars.get(status.camera_id)
            if bar is None:
                bar = self._progress.add_task(escape(status.name), total=None, more="")
                self._bars[status.camera_id] = bar
            speed = self._progress.tasks[bar].speed
            alerts = self._alerts[status.camera_id]
            words = [f"{status.faces} faces", f"{alerts} alert{'' if alerts == 1 else 's'}"]
            words += [f"{speed:.1f} frames/s"] if speed else []
            words += [status.stats.state.value] if status.live else []
            words += [f"{status.stats.dropped} dropped"] if status.stats.dropped else []
            self._progress.update(
                bar,
                completed=status.analysed,
                total=status.stats.expected_frames or None,
                more=" · ".join(words),
            )

    def track_ended(self, story: Trace) -> None:
        """Print why a track did or did not alert."""
        if self._explain:
            for answer in story.answer:
                self.console.print(
                    f"{escape(story.camera_id)} track {story.track_id}: {escape(answer)}"
                )


def _show(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        plain = {
            "cameras": [status_json(status) for status in summary.cameras.values()],
            "alerts": dict(summary.alerts),
            "subjects": dict(summary.seen),
            "undelivered": summary.undelivered,
            "unserved": summary.unserved,
        }
        results().print_json(json.dumps(plain))
        return
    table = Table("camera", "state", "frames", "dropped", "faces", "tracks", "alerts")
    for status in summary.cameras.values():
        table.add_row(
            escape(status.name),
            status.stats.state.value,
            str(status.analysed),
            str(status.stats.dropped),
            str(status.faces),
            str(status.tracks),
            str(summary.alerts[status.camera_id]),
        )
    results().print(table)
    for status in summary.cameras.values():
        for remark in _remarks(status):
            # Below the table and unwrapped: a sentence does not fit into a column.
            results().print(escape(f"{status.name}: {remark}"), soft_wrap=True)
    if served := summary.undelivered - sum(summary.unserved.values()):
        results().print(
            f"{served} deliveries wait in the outbox; "
            "the next watch or server with these sinks delivers them"
        )
    for line in lines_of(summary.unserved, DELIVERER):
        results().print(escape(line), style="yellow")


def _remarks(status: LaneStatus) -> list[str]:
    """Say what went wrong with a camera, and what was seen of subjects without being told."""
    remarks = [words for words in (status.problem, status.advice) if words]
    if status.within_quiet_period:
        remarks.append(
            f"{status.within_quiet_period} held back: alerted within the quiet period "
            "(--quiet-period 0 tells again)"
        )
    return remarks
