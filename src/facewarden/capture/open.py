"""Chooses the source that fits an address."""

from datetime import datetime
from pathlib import Path

from facewarden.capture.address import Address, AddressKind
from facewarden.capture.container import DecoderSettings
from facewarden.capture.folder import ImageFolder
from facewarden.capture.recording import Recording
from facewarden.capture.source import Source
from facewarden.capture.stream import LiveStream
from facewarden.capture.timing import Timing


def open_source(
    address: Address,
    *,
    camera_id: str,
    analyse_fps: float | None = None,
    realtime: bool = False,
    loop: bool = False,
    start: datetime | None = None,
    stall_timeout_s: float = 10.0,
    verify_tls: bool = True,
    ca_file: Path | None = None,
    settings: DecoderSettings | None = None,
    timing: Timing | None = None,
) -> Source:
    """Return the source of an address; nothing is opened before its `frames` are asked for.

    `realtime`, `loop` and `start` count for recordings and folders; `stall_timeout_s`,
    `verify_tls` and `ca_file` for cameras. See the classes for the rest.
    """
    settings = settings or DecoderSettings()
    if address.kind is AddressKind.FILE:
        return Recording(
            Path(address.target),
            camera_id=camera_id,
            analyse_fps=analyse_fps,
            realtime=realtime,
            loop=loop,
            start=start,
            settings=settings,
            timing=timing,
        )
    if address.kind is AddressKind.FOLDER:
        return ImageFolder(
            Path(address.target),
            camera_id=camera_id,
            analyse_fps=analyse_fps,
            realtime=realtime,
            loop=loop,
            start=start,
            max_pixels=settings.max_pixels,
            timing=timing,
        )
    return LiveStream(
        address,
        camera_id=camera_id,
        analyse_fps=analyse_fps,
        stall_timeout_s=stall_timeout_s,
        verify_tls=verify_tls,
        ca_file=ca_file,
        settings=settings,
        timing=timing,
    )
