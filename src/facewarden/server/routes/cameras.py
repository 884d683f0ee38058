"""Cameras: setting them up, trying them, and how they do."""

from typing import Annotated

from fastapi import APIRouter, Response

from facewarden.access.principal import Permission
from facewarden.api.cameras import Camera, CameraId, CameraTrial, ChangedCamera, NewCamera
from facewarden.api.page import Page
from facewarden.config.camera import CameraSettings
from facewarden.errors import StoreError
from facewarden.server.asking import Asker, absent, may
from facewarden.server.camera_wire import camera_wire, settings_of
from facewarden.server.etag import IfMatch, etag_of, require_match
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.problems import Conflict, Forbidden, NotFound, Unprocessable
from facewarden.store.cameras import StoredCamera

router = APIRouter(prefix="/api/v1/cameras", tags=["cameras"])

Reader = Annotated[Asker, may(Permission.CAMERA_READ)]
Writer = Annotated[Asker, may(Permission.CAMERA_WRITE)]


@router.get("")
def list_cameras(asker: Reader, wanted: PageDep) -> Page[Camera]:
    """List the cameras by id, with how they do."""
    last = wanted.last(str)
    found = asker.context.store.cameras.page(
        limit=wanted.limit + 1,
        after=str(last[0]) if last else "",
        groups=asker.who.scope.camera_groups,
    )
    return wanted.page(found, lambda one: _wire(asker, one), lambda one: (one.camera_id,))


@router.post("", status_code=201)
def create_camera(asker: Writer, new: NewCamera, once: OnceDep, response: Response) -> Camera:
    """Add a camera; 409 where there is one of this id.

    403 for who is limited to camera groups: ids are unique over all of them.
    """
    if asker.who.scope.camera_groups is not None:
        raise Forbidden("a new camera needs an id that all groups share", expected="no limits")

    def make() -> Camera:
        settings = _settings(asker, new.id, new, None)
        with asker.context.editing:
            if asker.context.store.cameras.find(new.id) is not None:
                raise Conflict("there is a camera of this id already", remedy="choose another id")
            return _wire(asker, asker.context.store.cameras.create(settings))

    made = once(asker.who.user_id, new, Camera, make)
    response.headers["ETag"] = etag_of(made.version)
    return made


@router.post("/test")
def try_settings(asker: Writer, new: NewCamera) -> CameraTrial:
    """Open a camera that is not kept yet for a moment: what it sends, or what is wrong."""
    return _trial(asker, _settings(asker, new.id, new, None))


@router.get("/{camera_id}")
def get_camera(asker: Reader, camera_id: CameraId, response: Response) -> Camera:
    """Return a camera."""
    found = _found(asker, camera_id)
    response.headers["ETag"] = etag_of(found.version)
    return _wire(asker, found)


@router.put("/{camera_id}")
def change_camera(
    asker: Writer,
    camera_id: CameraId,
    wanted: ChangedCamera,
    response: Response,
    if_match: IfMatch = None,
) -> Camera:
    """Set a camera up anew; a deployment that watches it takes the change over within a second."""
    before = _found(asker, camera_id)
    with asker.context.editing:
        before = _found(asker, camera_id)
        require_match(if_match, before.version)
        settings = _settings(asker, camera_id, wanted, before.settings)
        changed = asker.context.store.cameras.update(settings, version=before.version)
    response.headers["ETag"] = etag_of(changed.version)
    return _wire(asker, changed)


@router.delete("/{camera_id}", status_code=204)
def remove_camera(asker: Writer, camera_id: CameraId, if_match: IfMatch = None) -> None:
    """Forget a camera; its alerts and sightings stay until they expire."""
    with asker.context.editing:
        before = _found(asker, camera_id)
        require_match(if_match, before.version)
        asker.context.store.cameras.remove(camera_id, version=before.version)


@router.post("/{camera_id}/test")
def try_camera(asker: Writer, camera_id: CameraId) -> CameraTrial:
    """Open a camera for a moment: what it sends, or what is wrong; takes a few seconds."""
    return _trial(asker, _found(asker, camera_id).settings)


def _found(asker: Asker, camera_id: str) -> StoredCamera:
    found = asker.context.store.cameras.find(camera_id, asker.who.scope.camera_groups)
    if found is None:
        raise NotFound
    return found


def _settings(
    asker: Asker, camera_id: str, wanted: ChangedCamera, before: CameraSettings | None
) -> CameraSettings:
    allowed = asker.context.settings.server.recordings
    settings = settings_of(camera_id, wanted, before, allowed, asker.who.sees_watchlist)
    if not asker.who.sees_camera(settings.group or ""):
        raise Forbidden("a camera of this group would not exist for you")
    known = set(asker.seen_watchlists())
    unknown = [name for name in wanted.setup.watchlists if name not in known]
    if unknown:
        raise Unprocessable(
            "the camera names a watchlist that there is not",
            found=", ".join(unknown)[:200],
            remedy="make the list first",
        )
    return settings


def _trial(asker: Asker, settings: CameraSettings) -> CameraTrial:
    asker.context.store.audit.append(
        asker.who.login, "camera.test", f"camera:{settings.id}", {"enabled": settings.enabled}
    )
    return asker.context.trials.run(settings)


def _wire(asker: Asker, stored: StoredCamera) -> Camera:
    return camera_wire(
        stored,
        asker.context.supervisor.camera(stored.camera_id),
        sees=asker.who.sees_watchlist,
        sees_deployment=lambda deployment_id: _sees_deployment(asker, deployment_id),
    )


def _sees_deployment(asker: Asker, deployment_id: int) -> bool:
    if (asker.watchlists, asker.cameras) == (None, None):
        return True
    try:
        found = asker.context.store.deployments.get(deployment_id)
    except StoreError as error:
        if isinstance(absent(error), NotFound):
            return False
        raise
    return asker.sees_deployment(found.cameras, found.watchlists)
