"""Cameras between the store and the REST interface: what is shown, and what a change means."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from facewarden.api.cameras import Camera, CameraHealth, CameraSetup, ChangedCamera
from facewarden.capture.address import is_device, is_path, parse_address
from facewarden.config.camera import CameraSettings, without_credentials
from facewarden.config.checked import checked
from facewarden.errors import AddressRefused
from facewarden.server.problems import Unprocessable
from facewarden.server.supervisor import CameraState
from facewarden.store.cameras import StoredCamera


def camera_wire(
    stored: StoredCamera,
    state: CameraState | None,
    *,
    sees: Callable[[str], bool] = lambda _: True,
    sees_deployment: Callable[[int], bool] = lambda _: True,
) -> Camera:
    """Return a camera as it is shown: without password, and its address without credentials.

    Args:
        sees: whether a watchlist exists for who is shown it.
        sees_deployment: the same of the deployment that watches it.
    """
    return Camera(
        id=stored.camera_id,
        setup=setup_wire(stored.settings, sees),
        has_password=stored.settings.password is not None,
        version=stored.version,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        health=None
        if state is None
        else health_wire(state, sees_deployment=sees_deployment(state.deployment_id)),
    )


def setup_wire(settings: CameraSettings, sees: Callable[[str], bool]) -> CameraSetup:
    """Return the settings that are shown to who sees these watchlists."""
    plain = settings.model_dump(mode="json", by_alias=True, exclude={"id", "password"})
    shown = {
        "source": shown_source(settings.source),
        "watchlists": tuple(filter(sees, settings.watchlists)),
    }
    return CameraSetup.model_validate(plain | shown)


def health_wire(state: CameraState, *, sees_deployment: bool) -> CameraHealth:
    """Return how a camera does; who it belongs to is shown to those who see that."""
    found = state.told
    return CameraHealth(
        deployment_id=state.deployment_id if sees_deployment else None,
        state=found["state"],
        fps=state.fps,
        analysed=found["analysed"],
        dropped=found["dropped"],
        faces=found["faces"] if sees_deployment else None,
        tracks=found["tracks"] if sees_deployment else None,
        reconnects=found["reconnects"],
        watched_s=found["watched_s"],
        down_s=found["down_s"],
        problem=found["problem"],
    )


def shown_source(source: str) -> str:
    """Return an address without user, password and query, which may hold a token."""
    try:
        return parse_address(source).redacted
    except AddressRefused:  # a recording that has gone since
        return without_credentials(source).split("?", maxsplit=1)[0]


def settings_of(
    camera_id: str,
    wanted: ChangedCamera,
    before: CameraSettings | None,
    recordings: Sequence[Path] = (),
    sees: Callable[[str], bool] = lambda _: True,
) -> CameraSettings:
    """Return what a camera is to be.

    Args:
        before: what it is; its source and password stay where `wanted` does not name others, and
            so do watchlists that who changes it does not see.
        sees: whether a watchlist exists for who changes it.
        recordings: folders below which it may read files. Who is at the machine may read what
            its user may; who administers from elsewhere may not, not even learn what is there.

    Raises:
        AddressRefused: the source is not allowed, or a path leads nowhere or outside.
        Unprocessable: another source would get the old password.
        ConfigError: what is wrong with the rest, a line each.
    """
    plain: dict[str, Any] = wanted.setup.model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    kept = before is not None and wanted.setup.source == shown_source(before.source)
    if before is not None and kept:
        plain["source"] = before.source
    else:
        if any(hidden in wanted.setup.source for hidden in ("//***@", "/...", "?...")):
            raise Unprocessable(
                "this is an address as it is shown, with parts left out",
                remedy="give the whole address",
            )
        if is_path(wanted.setup.source) and not is_device(wanted.setup.source):
            _require_below(wanted.setup.source, recordings)
        parse_address(wanted.setup.source)
    certificate = wanted.setup.ca_file
    if certificate is not None and (before is None or certificate != str(before.ca_file)):
        _require_below(certificate, recordings)
    if wanted.password:
        plain["password"] = wanted.password
    elif wanted.password is None and before is not None and before.password is not None:
        if not kept:
            raise Unprocessable(
                "another address would be sent the password of the old one",
                remedy="give the password again, or an empty one",
            )
        plain["password"] = before.password
    if before is not None:
        plain["watchlists"] = _with_hidden(wanted.setup.watchlists, before.watchlists, sees)
    return checked(CameraSettings, plain | {"id": camera_id}, "the camera cannot be set up so")


def _with_hidden(
    wanted: Sequence[str], before: Sequence[str], sees: Callable[[str], bool]
) -> tuple[str, ...]:
    """Return the watchlists of a camera, those among them that who changes it does not see."""
    if tuple(wanted) == tuple(filter(sees, before)):
        return tuple(before)
    if not wanted:  # everybody of the deployment: the hidden ones are among them
        return ()
    return (*wanted, *(name for name in before if not sees(name) and name not in wanted))


def _require_below(text: str, folders: Sequence[Path]) -> None:
    # Before anything is looked up: one answer for files that are there and that are not.
    try:
        path = Path(text).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):
        path = Path("/")
    if not any(path.is_relative_to(folder.expanduser().resolve()) for folder in folders):
        raise AddressRefused(
            "cameras that are set up here may not read this file of the machine",
            expected="the address of a stream, or a path below one of server.recordings",
            remedy="name the folder there, or set the camera up at the console",
        )
