"""facewarden cameras: those that are kept in the store, for deployments."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.actor import actor
from facewarden.capture.address import AddressKind, parse_address
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.config.camera import CameraSettings
from facewarden.config.checked import checked
from facewarden.config.load import load_settings
from facewarden.errors import AddressRefused, ConfigError, SourceFailed
from facewarden.server.camera_trial import CameraTrials
from facewarden.server.camera_wire import camera_wire, shown_source
from facewarden.store.cameras import StoredCamera, to_plain
from facewarden.wiring.stores import open_store_from

app = typer.Typer(help="Cameras that deployments watch.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="CAMERA", help="Id of the camera.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting of `cameras` in the settings file, its value as JSON or text; repeat it.",
    ),
]


@app.command("list")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the cameras; neither passwords nor what stands before the @ of an address."""
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        cameras = store.cameras.all()
    if as_json:
        plain = [camera_wire(one, None).model_dump(mode="json") for one in cameras]
        results().print_json(json.dumps(plain))
        return
    table = Table("camera", "name", "group", "source", "watchlists", "watched")
    for one in cameras:
        table.add_row(*map(escape, _words(one)))
    results().print(table)


@app.command()
def add(
    camera_id: IdArgument,
    source: Annotated[str, typer.Argument(help="Its address, or the path of a recording.")],
    changes: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Add a camera, such as `facewarden cameras add gate rtsp://192.0.2.10/1 --set group=north`."""
    settings = load_settings(config)
    given = {"id": camera_id, "source": source, **_changes(changes or [])}
    with open_store_from(settings) as store:
        store.cameras.create(_checked(given), actor=actor())
    results().print(f"camera {escape(camera_id)} added")


@app.command("set")
def change(camera_id: IdArgument, changes: SetOption = None, config: ConfigOption = None) -> None:
    """Change settings of a camera; `KEY=null` puts one back to its default."""
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        before = store.cameras.get(camera_id)
        given = to_plain(before.settings) | _changes(changes or [])
        wanted = {key: value for key, value in given.items() if value is not None}
        after = store.cameras.update(_checked(wanted), version=before.version, actor=actor())
    words = "changed" if after.version != before.version else "stays as it was"
    results().print(f"camera {escape(camera_id)} {words}")


@app.command()
def remove(
    camera_id: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Forget a camera; its alerts and sightings stay until they expire."""
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        found = store.cameras.get(camera_id)
        if not yes:
            typer.confirm(f"Forget the camera {found.settings.display_name}?", abort=True)
        store.cameras.remove(camera_id, version=found.version, actor=actor())
    results().print(f"camera {escape(camera_id)} removed")


@app.command("test")
def try_out(
    camera_id: IdArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Open a camera for a moment: what it sends, or what is wrong."""
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        camera = store.cameras.get(camera_id).settings
        store.audit.append(actor(), "camera.test", f"camera:{camera_id}", {})
    found = CameraTrials(settings.models).run(camera)
    if as_json:
        results().print_json(found.model_dump_json(exclude={"thumbnail"}))
    elif found.works:
        rate = "" if found.fps is None else f", {found.fps:g} pictures/s"
        faces = "" if found.faces is None else f", {found.faces} faces in view"
        results().print(f"{found.width_px}x{found.height_px} px{rate}{faces}")
    if not found.works:
        raise SourceFailed(f"camera {camera_id}: {found.problem}")


@app.command("import")
def take_over(
    file: Annotated[Path, typer.Argument(help="Settings file (YAML) with `cameras`.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Change cameras that are there already.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Take the cameras of a settings file over; with --replace those of known ids are changed."""
    settings, cameras = load_settings(config), load_settings(file).cameras
    counts = {"added": 0, "changed": 0, "as they were": 0}
    with open_store_from(settings) as store:
        known = store.cameras.versions()
        taken = [camera.id for camera in cameras if camera.id in known]
        if taken and not replace:
            raise ConfigError(
                "some of these cameras are there already",
                found=", ".join(taken[:10]),
                remedy="--replace changes them",
            )
        for camera in cameras:
            wanted = _anchored(camera)
            if camera.id not in known:
                store.cameras.create(wanted, actor=actor())
                counts["added"] += 1
            else:
                now = store.cameras.update(wanted, actor=actor()).version
                counts["changed" if now != known[camera.id] else "as they were"] += 1
    results().print(", ".join(f"{number} {word}" for word, number in counts.items()))


def _changes(given: Sequence[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {key}", expected="KEY=VALUE", found="no =")
        try:
            changes[key] = json.loads(value)
        except ValueError:
            changes[key] = value
    if "id" in changes:
        raise ConfigError("the id of a camera stays", remedy="remove it and add another")
    return changes


def _checked(given: dict[str, Any]) -> CameraSettings:
    return _anchored(checked(CameraSettings, given, "the camera cannot be set up so"))


def _anchored(camera: CameraSettings) -> CameraSettings:
    """Check the address; a path must mean the same wherever the server is started."""
    try:
        address = parse_address(camera.source)
    except AddressRefused as error:
        raise AddressRefused(
            f"camera {camera.id}: {error.what}",
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from None
    if address.kind in {AddressKind.FILE, AddressKind.FOLDER}:
        return CameraSettings.model_validate(to_plain(camera) | {"source": address.target})
    return camera


def _words(one: StoredCamera) -> tuple[str, ...]:
    settings = one.settings
    return (
        one.camera_id,
        settings.name,
        one.group,
        shown_source(settings.source),
        ", ".join(settings.watchlists) or "all",
        ("by schedule" if settings.schedule else "always") if settings.enabled else "never",
    )
