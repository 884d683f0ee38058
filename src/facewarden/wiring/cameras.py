"""Makes cameras, their sources and their trackers."""

from fractions import Fraction
from uuid import uuid4

from facewarden.capture.address import parse_address
from facewarden.capture.motion import MotionGate
from facewarden.capture.open import open_source
from facewarden.capture.put_right import PutRightSource
from facewarden.capture.source import Source
from facewarden.config.camera import CameraSettings
from facewarden.geometry.region import Region
from facewarden.pipeline.camera import CameraPlan, WatchedCamera
from facewarden.track.columnar import ColumnarTracker
from facewarden.track.tracker import Tracker


def make_camera(camera: CameraSettings) -> WatchedCamera:
    """Make the plan and the empty state of one camera."""
    motion = camera.motion
    return WatchedCamera(
        plan=CameraPlan(
            camera_id=camera.id,
            name=camera.display_name,
            location=camera.location,
            detect_size_px=camera.detect_size_px,
            min_confidence=camera.min_confidence,
            min_face_px=camera.min_face_px,
            region=Region(camera.region),
            watchlists=camera.watchlists,
            group=camera.group or "",
        ),
        tracker=ColumnarTracker(start_confidence=camera.min_confidence),
        motion=MotionGate(threshold=motion.threshold, every_s=motion.every_s)
        if motion.enabled
        else None,
        run_id=uuid4().hex,
    )


def make_source(camera: CameraSettings) -> Source:
    """Make the source of one camera; nothing is opened yet."""
    address = parse_address(
        camera.source,
        username=camera.username or "",
        password=camera.password.get_secret_value() if camera.password is not None else "",
    )
    source = open_source(
        address,
        camera_id=camera.id,
        analyse_fps=camera.analyse_fps,
        realtime=camera.realtime,
        loop=camera.loop,
        start=camera.recorded_at,
        stall_timeout_s=camera.stall_timeout_s,
        verify_tls=camera.verify_tls,
        ca_file=camera.ca_file,
    )
    if not camera.rotate_deg and camera.aspect is None:
        return source
    aspect = Fraction(*map(int, camera.aspect.split(":"))) if camera.aspect else None
    return PutRightSource(source, clockwise_deg=camera.rotate_deg, aspect=aspect)


def make_tracker() -> Tracker:
    """Make the tracker of one clip, which belongs to no camera."""
    return ColumnarTracker()
