"""What changed between two settings, for a reload without a restart."""

from dataclasses import dataclass

from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different in newer settings.

    Attributes:
        added: cameras that are new.
        removed: ids of cameras that are gone.
        changed: the new settings of cameras that stay and are different.
        sections: names of the other sections that are different, such as "sinks".
    """

    added: tuple[CameraSettings, ...]
    removed: tuple[str, ...]
    changed: tuple[CameraSettings, ...]
    sections: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.sections)


def difference(old: Settings, new: Settings) -> Difference:
    """Compare two settings; the order of cameras does not count, resolved secrets do."""
    before = {camera.id: camera for camera in old.cameras}
    after = {camera.id: camera for camera in new.cameras}
    return Difference(
        added=tuple(camera for camera in new.cameras if camera.id not in before),
        removed=tuple(camera_id for camera_id in before if camera_id not in after),
        changed=tuple(
            camera for camera in new.cameras if camera.id in before and before[camera.id] != camera
        ),
        sections=tuple(
            name
            for name in Settings.model_fields
            if name != "cameras" and getattr(old, name) != getattr(new, name)
        ),
    )
