"""A recipe: everything that decides what a training makes of prepared faces, frozen."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from facewarden.config.section import Label, Section, expectation

MOST_STEPS = 100_000_000


class NetworkRecipe(Section):
    """The network, and where its first weights come from."""

    backbone: Label = Field(description="Name of a backbone, such as mobilefacenet.")
    embedding_size: int = Field(
        default=128, ge=2, le=65536, description="Length of an embedding, in numbers."
    )
    warm_start: str = Field(
        default="",
        max_length=4096,
        description="First weights: the id of a model in the cache, an ONNX file, or the last.pt "
        "or best.pt of another run. Empty: drawn by the seed.",
    )
    frozen: tuple[Label, ...] = Field(
        default=(),
        description="Beginnings of the names of layers that stay as they are at first, such as "
        "layers.0; their running statistics stay too.",
    )
    frozen_epochs: int = Field(
        default=0, ge=0, le=10_000, description="Count of epochs for which they stay."
    )

    settled: bool = Field(
        default=False,
        description="Whether normalisations keep their statistics and nothing is dropped out while "
        "it learns, as when it is judged: for a network that is changed by little.",
    )

    @model_validator(mode="after")
    def _frozen_for_a_while(self) -> Self:
        if bool(self.frozen) != bool(self.frozen_epochs):
            raise expectation(
                "frozen and frozen_epochs together", f"{len(self.frozen)} layers for "
                f"{self.frozen_epochs} epochs",
            )  # fmt: skip
        return self


class Named(Section):
    """A loss or a sampler by its name, with what it takes."""

    name: Label = Field(description="Its name; the catalogue says which there are.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Its parameters by name; it checks them itself."
    )


class OptimiserRecipe(Section):
    """How weights follow their gradients."""

    name: Literal["adamw", "adam", "sgd"] = Field(
        default="sgd", description="AdamW, Adam, or stochastic gradient descent."
    )
    rate: float = Field(
        default=0.1, gt=0, le=1e6, description="Highest learning rate of the schedule, in 1/step."
    )
    weight_decay: float = Field(
        default=5e-4,
        ge=0,
        le=1,
        description="Pull towards zero, of matrices and kernels; never of norms, biases and "
        "slopes. Decoupled from the gradient in AdamW only.",
    )
    momentum: float = Field(
        default=0.9, ge=0, lt=1, description="Of SGD: share of the last step that goes on."
    )
    nesterov: bool = Field(default=False, description="Of SGD: look ahead along the momentum.")
    betas: tuple[float, float] = Field(
        default=(0.9, 0.999), description="Of Adam and AdamW: decay of both moments, in [0, 1)."
    )
    eps: float = Field(
        default=1e-8, gt=0, le=1, description="Of Adam and AdamW: added to the denominator."
    )
    clip_norm: float = Field(
        default=5.0,
        ge=0,
        le=1e6,
        description="Longest gradient of all weights together; a longer one is shortened to it. "
        "0 leaves it.",
    )
    accumulate: int = Field(
        default=1, ge=1, le=10_000, description="Count of batches whose gradients make one step."
    )

    @field_validator("betas")
    @classmethod
    def _below_one(cls, betas: tuple[float, float]) -> tuple[float, float]:
        if not all(0 <= beta < 1 for beta in betas):
            raise expectation("two numbers from 0 to less than 1", str(list(betas)))
        return betas

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and not (self.name == "sgd" and self.momentum):
            raise expectation("nesterov with sgd and a momentum", f"nesterov with {self.name}")
        return self


class ScheduleRecipe(Section):
    """How the learning rate goes, step by step."""

    name: Literal["constant", "step", "exponential", "cosine"] = Field(
        default="cosine", description="Its form after the warm-up."
    )
    warmup_epochs: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        description="Time in epochs in which the rate rises from nearly zero, linearly.",
    )
    milestones: tuple[float, ...] = Field(
        default=(), description="Of step: times in epochs at which the rate is multiplied."
    )
    factor: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Of step: what the rate is multiplied by at a milestone; of exponential: "
        "after each epoch.",
    )
    floor: float = Field(
        default=0.0, ge=0, le=1, description="Of cosine: share of the rate at which it ends."
    )

    @model_validator(mode="after")
    def _milestones_ascend(self) -> Self:
        ascending = list(self.milestones) == sorted(set(self.milestones))
        if not ascending or any(time <= 0 for time in self.milestones):
            raise expectation("milestones above 0, ascending", str(list(self.milestones)))
        if (self.name == "step") != bool(self.milestones):
            raise expectation("milestones with the schedule step, and only with it", self.name)
        return self


class AugmentationRecipe(Section):
    """One change of the pictures, drawn for each anew."""

    name: Label = Field(description="Its name, such as horizontal_flip.")
    probability: float = Field(ge=0, le=1, description="Share of the pictures changed, in [0, 1].")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Its parameters by name; it checks them itself."
    )

    def entry(self) -> dict[str, Any]:
        """Return it as `train.augment.catalogue.build` takes it."""
        return {"name": self.name, "probability": self.probability, **self.parameters}


class ArithmeticRecipe(Section):
    """What numbers are computed in."""

    precision: Literal["float32", "bfloat16", "float16"] = Field(
        default="float32",
        description="Of the network's products; its weights and the loss stay in float32. float16 "
        "scales the loss, and needs a GPU.",
    )
    channels_last: bool = Field(
        default=True, description="Whether a pixel's channels lie beside each other in memory."
    )
    deterministic: bool = Field(
        default=True,
        description="Whether only operations are used that give the same bits again. On a GPU "
        "it costs speed.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=1024,
        description="Count of processor threads; 0 takes one per core. Sums depend on it, so "
        "that a run is resumed with those it began with.",
    )


class AveragingRecipe(Section):
    """A mean of the weights over the last steps, which is what is validated and exported."""

    decay: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the mean that stays at each step, such as 0.999; 0 keeps no mean.",
    )


class ValidationRecipe(Section):
    """How a run judges itself; by the protocols of `facewarden evaluate`."""

    every_epochs: int = Field(
        default=1, ge=1, le=10_000, description="Count of epochs from one validation to the next."
    )
    best_by: Literal["auto", "tmr", "auc", "accuracy", "rank1"] = Field(
        default="auto",
        description="What makes a checkpoint the best. tmr: true match rate at a false match rate "
        "of 1 %; auc: area under the ROC; accuracy: of pairs, over ten folds; rank1: closed-set "
        "accuracy. auto: rank1 where everybody to be recognised is trained on, else auc.",
    )
    pairs: int = Field(
        default=3000,
        ge=10,
        le=1_000_000,
        description="Count of pairs of one person, and of two, drawn at most.",
    )
    references: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Count of training pictures of each person whose mean is the prototype in a "
        "closed set.",
    )
    changed: bool = Field(
        default=False,
        description="Whether one picture of each pair, and each probe of a closed set, is changed "
        "by the recipe's augmentations first: what poor pictures of people enrolled by good ones "
        "do.",
    )
    patience: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Count of validations without a new best after which the run ends; 0 never.",
    )


class DivergenceRecipe(Section):
    """When a run has lost its way."""

    growth: float = Field(
        default=3.0,
        gt=1,
        le=1e9,
        description="How many times the first mean loss is too much. A loss that is not finite "
        "always is.",
    )


class TeacherRecipe(Section):
    """Whose templates are to be given, by the loss distillation."""

    model: str = Field(
        default="",
        max_length=4096,
        description="An embedder: the id of a model of the cache, the path of a card, or a folder "
        "with one model. Empty: none.",
    )
    applied: bool = Field(
        default=False,
        description="Whether the network's embeddings become templates as the teacher's do, with "
        "its centre and nuisance direction, so that both can be compared with each other. The "
        "exported card says so, too.",
    )


class Recipe(Section):
    """A training. Names of data are given beside it, so that one recipe serves many folders."""

    description: str = Field(
        default="", max_length=2000, description="What it is for, and where its numbers are from."
    )
    network: NetworkRecipe
    loss: Named = Field(description="What is made small.")
    teacher: TeacherRecipe = Field(default_factory=TeacherRecipe)
    sampler: Named = Field(
        description="How faces come together in batches, and how many of them; several processes "
        "share each batch."
    )
    augment: tuple[AugmentationRecipe, ...] = Field(
        default=(), description="Changes of the pictures, in this order."
    )
    optimiser: OptimiserRecipe = Field(default_factory=OptimiserRecipe)
    schedule: ScheduleRecipe = Field(default_factory=ScheduleRecipe)
    arithmetic: ArithmeticRecipe = Field(default_factory=ArithmeticRecipe)
    averaging: AveragingRecipe = Field(default_factory=AveragingRecipe)
    validation: ValidationRecipe = Field(default_factory=ValidationRecipe)
    divergence: DivergenceRecipe = Field(default_factory=DivergenceRecipe)
    split: Label = Field(
        default="subjects-70-15-15", description="Name of a split that the data have."
    )
    footage: bool = Field(
        default=False,
        description="Whether the poor looks that `facewarden train footage` has composed are "
        "trained on beside the faces.",
    )
    epochs: int = Field(ge=1, le=100_000, description="Count of times everything is seen.")
    seed: int = Field(default=20261122, ge=0, lt=2**31, description="Of everything that is drawn.")
    checkpoint_steps: int = Field(
        default=500,
        ge=1,
        le=MOST_STEPS,
        description="Count of steps from one checkpoint to the next; each epoch ends with one.",
    )
    log_steps: int = Field(
        default=20, ge=1, le=100_000, description="Count of steps from one figure to the next."
    )
