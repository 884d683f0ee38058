"""The `models` section: which models run, and on what."""

from typing import Literal

from pydantic import Field

from facewarden.config import paths
from facewarden.config.section import FilePath, Section, Slug


class ModelsSettings(Section):
    """Which models run, and on what."""

    detector: Slug = Field(default="yunet-2023mar", description="Id of the detector's model card.")
    embedder: Slug = Field(
        default="sface-2021dec-centred", description="Id of the embedder's model card."
    )
    looks_embedder: Slug | None = Field(
        default=None,
        description="Id of the card of an embedder for what a watch sees, such as one taught by "
        "poor video; its card must say that it compares with the embedder, which still embeds "
        "photographs. Empty: facewarden's own beside the default embedder. The embedder's own id: "
        "it embeds looks, too.",
    )
    second_embedder: Slug | None = Field(
        default=None,
        description="Id of another embedder's card, asked about faces near a threshold; see "
        "docs/second-opinion.md. Both models must be calibrated.",
    )
    presentation_picture: Slug | None = Field(
        default=None,
        description="Id of the card of a model that tells a living person from a picture by one "
        "look; see docs/presentation-attacks.md.",
    )
    presentation_clip: Slug | None = Field(
        default=None,
        description="Id of the card of a model that tells the same from several looks of a track. "
        "Where none is named, facewarden's own serves.",
    )
    engine: Literal["auto", "onnxruntime", "openvino"] = Field(
        default="auto",
        description="Inference engine; auto measures once per model and keeps the faster.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Threads of one model; 0 for one per core.",
    )
    cache_dir: FilePath = Field(
        default_factory=paths.models_folder,
        description="Folder of the model files.",
        json_schema_extra={
            "default_text": "$FACEWARDEN_MODELS, or models in the user's cache folder"
        },
    )

    @property
    def presentation(self) -> tuple[str, ...]:
        """The models named that tell a living person from a picture: that of one look first."""
        named = (self.presentation_picture, self.presentation_clip)
        return tuple(model_id for model_id in named if model_id is not None)
