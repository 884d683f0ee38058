"""facewarden demo: from a fresh machine to a first alert."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from facewarden.cli.consoles import results
from facewarden.cli.options import EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import Alert, SubjectDetails
from facewarden.demo.run import (
    WATCHLIST,
    compose_clip,
    enrol,
    fetch_portraits,
    judge,
    older_photographs,
)
from facewarden.errors import InputError
from facewarden.pipeline.photographs import photographs_in
from facewarden.review import as_html, table
from facewarden.review.report import build
from facewarden.watch import Listeners, Watch
from facewarden.wiring.stores import open_store_from

CAMERA = "demo-camera"


def demo(
    video: Annotated[
        Path | None, typer.Option("--video", help="Watch this recording instead.")
    ] = None,
    photos: Annotated[
        Path | None, typer.Option("--photos", help="Enrol these photographs instead.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", help="Folder for the clip, the store and the report.")
    ] = Path("demo-output"),
    engine: EngineOption = None,
) -> None:
    """Enrol two people from older photographs and recognise them in a clip of newer ones."""
    for given in (video, photos):
        if given is not None and not given.exists():
            raise InputError(f"{given} is not there", expected="a file or folder of yours")
    console = results()
    started = datetime.now(UTC)
    home = output / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    settings = _settings(home, engine)
    clip = video
    photographs = list(photographs_in([photos], SubjectDetails(""), "largest")) if photos else []
    if clip is None or not photographs:
        console.print("Portraits (downloaded, not part of this software):")
        portraits = fetch_portraits(output / "portraits", lambda line: _line(console, line))
        photographs = photographs or older_photographs(portraits)
        if clip is None:
            clip = output / "demo.mp4"
            with console.status("composing a clip from the newer photographs"):
                compose_clip(settings, portraits, clip)
            console.print(f"Composed {clip}: four people, each from their newest photograph")
    console.print(f"Enrolling on watchlist {WATCHLIST}:")
    enrolled = enrol(settings, photographs, lambda line: _line(console, line))
    console.print(f"Watching {clip} as a camera in real time:")
    alerts = _watch(settings, clip, console)
    _report(settings, started, output, console)
    if video is not None or photos is not None:
        names = sorted({alert.subject_name for alert in alerts})
        _line(console, f"alerted: {', '.join(names) or 'nobody'}")
        return
    verdict = judge(enrolled, alerts)
    _line(console, f"{'PASSED' if verdict.right else 'FAILED'}: {verdict.words}")
    if not verdict.right:
        raise typer.Exit(1)


def _line(console: Console, line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)


def _settings(home: Path, engine: str | None) -> Settings:
    settings = settings_from(None, engine=engine)
    store = type(settings.store).model_validate({"data_dir": home.absolute()})
    return settings.model_copy(update={"store": store})


def _watch(settings: Settings, clip: Path, console: Console) -> list[Alert]:
    camera = CameraSettings(
        id=CAMERA, name="Demo camera", location="entrance", source=str(clip), realtime=True
    )
    alerts: list[Alert] = []
    watch = Watch(
        settings.model_copy(update={"cameras": (camera,)}),
        watchlists=[WATCHLIST],
        listeners=Listeners(alert=alerts.append),
        console=console,
    )
    watch.run(until_ended=True)
    return alerts


def _report(settings: Settings, started: datetime, output: Path, console: Console) -> None:
    store = open_store_from(settings)
    try:
        rows = store.report_rows(started, datetime.now(UTC) + timedelta(seconds=1))
    finally:
        store.close()
    report = build(rows, datetime.now(UTC))
    console.print(table.render(report))
    page = output / "report.html"
    page.write_text(as_html.render(report), encoding="utf-8")
    _line(console, f"The same report with plots: {page}")
