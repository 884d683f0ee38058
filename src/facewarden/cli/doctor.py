"""facewarden doctor: is everything there that a watch needs?"""

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer
from rich.markup import escape

from facewarden import __version__
from facewarden.capture.address import parse_address
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.errors import ConfigError, FacewardenError, ModelRefused
from facewarden.models.calibration import overlay_path
from facewarden.models.own_weights import LOOKS
from facewarden.store.address import is_file, parsed
from facewarden.store.postgres import place_of
from facewarden.unserved import SETTINGS, lines_of, unserved
from facewarden.watch import CONSOLE
from facewarden.wiring.eyes import lacks_own_looks, make_eyes, with_own_looks
from facewarden.wiring.presentation import make_presentation_model, with_own_presentation
from facewarden.wiring.stores import open_store_from

LEAST_FREE_BYTES = 1 << 30


def doctor(config: ConfigOption = None, engine: EngineOption = None) -> None:
    """Check models, engine, store, key, disk and settings; non-zero when something is wrong."""
    results().print(
        f"facewarden {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    )
    for package in ("onnxruntime", "openvino", "av", "opencv-python-headless", "numpy"):
        results().print(f"  {package} {_version(package)}")
    try:
        settings = settings_from(config, engine=engine)
    except ConfigError as error:
        _tell("settings", error)
        raise typer.Exit(1) from None
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("models", _models),
        ("presentation attacks", _presentation),
        ("store", _store),
        ("disk", _disk),
        ("cameras", _cameras),
    ]
    wrong = False
    for name, check in checks:
        try:
            results().print(f"[green]ok[/]    {name}: {escape(check(settings))}")
        except (FacewardenError, OSError) as error:
            _tell(name, error)
            wrong = True
    if wrong:
        raise typer.Exit(1)


def _tell(name: str, error: Exception) -> None:
    results().print(f"[red]wrong[/] {name}: {escape(str(error))}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _models(settings: Settings) -> str:
    eyes = make_eyes(settings)
    chosen = ", ".join(f"{model} on {engine}" for model, engine in eyes.engines)
    if eyes.of_looks is not eyes.embedder and eyes.of_looks.tail is None:
        return f"{chosen}; models.looks_embedder is not calibrated: facewarden calibrate"
    mine, looking = settings.models.embedder, with_own_looks(settings).models.looks_embedder or ""
    if eyes.of_looks is not eyes.embedder and _own_calibration(settings, mine, but_not=looking):
        chosen += f"; your calibration is of {mine}, watchlists follow from {looking}: calibrate"
    if eyes.of_looks is eyes.embedder and lacks_own_looks(settings):
        chosen += f"; {LOOKS}, which knows more people in video, is absent: facewarden models fetch"
    try:
        alike = eyes.embedder.default_threshold
    except ModelRefused:
        return f"{chosen}; not calibrated, set a threshold for each watchlist"
    return f"{chosen}; two people are hardly ever as alike as {alike:.3f}"


def _own_calibration(settings: Settings, model_id: str, *, but_not: str) -> bool:
    """Whether a user calibrated one model here, and another not."""
    here, there = (overlay_path(settings.models.cache_dir, one) for one in (model_id, but_not))
    return here.exists() and not there.exists()


def _presentation(settings: Settings) -> str:
    chosen = with_own_presentation(settings)
    for model_id in chosen.models.presentation:
        make_presentation_model(chosen, model_id)
    return ", ".join(chosen.models.presentation) or "no model; a watchlist that asks needs one"


def _store(settings: Settings) -> str:
    store = open_store_from(settings)
    try:
        store.require_sound()
        subjects = len(store.watchlists.subjects())
        queues = store.alerts.queues()
        bad = store.audit.verify()
    finally:
        store.close()
    if bad is not None:
        raise FacewardenError(f"the audit log was altered at entry {bad.position}")
    sinks = {sink.name for sink in settings.sinks} or {CONSOLE}
    for line in lines_of(unserved(queues, sinks), SETTINGS):
        results().print(f"[yellow]look[/]  deliveries: {escape(line)}")
    waiting = sum(queue.waiting for queue in queues)
    return (
        f"{subjects} subjects, {waiting} deliveries waiting, audit log intact, "
        f"{_database(settings)}"
    )


def _database(settings: Settings) -> str:
    place = settings.store.database
    if isinstance(place, Path) or is_file(address := parsed(place)):
        return f"SQLite {sqlite3.sqlite_version}"
    return place_of(address)


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.store.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise FacewardenError(
            "the disk is nearly full", expected="1 GiB free", found=f"{free / 2**20:.0f} MiB"
        )
    return f"{free / 2**30:.1f} GiB free"


def _cameras(settings: Settings) -> str:
    for camera in settings.cameras:
        parse_address(camera.source)
    return f"{len(settings.cameras)} configured, {len(settings.sinks)} sinks"
