"""Where the watches of a store, and its server, are found by other processes of the machine."""

from pathlib import Path

from facewarden.config.settings import Settings


def watch_name(deployment_id: int | None = None) -> str:
    """Return what the watch of a store, or of a deployment, is called in its data folder."""
    return "watch" if deployment_id is None else f"watch-{deployment_id}"


def control_path(settings: Settings, deployment_id: int | None = None) -> Path:
    """Return the socket on which the watch of this store, or of a deployment, answers."""
    return settings.store.data_dir / f"{watch_name(deployment_id)}.socket"


def live_path(settings: Settings, deployment_id: int | None = None) -> Path:
    """Return the socket on which that watch gives its pictures."""
    return settings.store.data_dir / f"{watch_name(deployment_id)}.live.socket"


def control_paths(settings: Settings) -> list[Path]:
    """Return the sockets of all watches of this store on this machine; some may be stale."""
    found = sorted(settings.store.data_dir.glob("watch-*.socket"))
    return [control_path(settings), *(one for one in found if one.match("watch-*[0-9].socket"))]


def server_path(settings: Settings) -> Path:
    """Return the socket on which the server of this store says how the sinks are."""
    return settings.store.data_dir / "serve.socket"
