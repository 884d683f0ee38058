"""What a verdict means for alerts to come, in words."""

from typing import Final

from facewarden.store.anchors import AnchorChange

CONSEQUENCES: Final = {
    AnchorChange.NONE: "",
    AnchorChange.CREATED: "This face raises no more alerts for this subject.",
    AnchorChange.MERGED: "This face raises no more alerts for this subject, as before.",
    AnchorChange.REMOVED: "This face is no longer held back from this subject.",
    AnchorChange.STILL_HELD: "Another alert of this face was rejected, too: it is still held back "
    "from this subject.",
    AnchorChange.NO_PROBE: "Later alerts of this face are not held back: what was compared is not "
    "kept any more (it goes with the first verdict and with the subject), or was made before "
    "facewarden kept it.",
}
