"""What learns: network, loss, optimiser and mean, and one step of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from facewarden.errors import ConfigError, InputError
from facewarden.train.augment.catalogue import build as build_steps
from facewarden.train.augment.pipeline import Augment
from facewarden.train.averaging import Average
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import build as build_backbone
from facewarden.train.distributed import World
from facewarden.train.feed import feed
from facewarden.train.loader import Batch
from facewarden.train.losses.catalogue import build as build_loss
from facewarden.train.optimiser import make_optimiser, set_rate
from facewarden.train.recipe import Recipe
from facewarden.train.seeds import Purpose, seed_of
from facewarden.train.starting import start_from

TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Learner:
    """Takes steps; its whole state can be saved and restored.

    Args:
        recipe: what to build.
        classes: how many people are trained on.
        input_size: S, side of the faces, px.
        world: device and processes.
        faces: some hundreds of them, for a warm start to settle on; read only for one.

    Raises:
        ConfigError: the recipe names what there is not, or what does not fit the data or device.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        classes: int,
        input_size: int,
        world: World,
        faces: Iterable[Batch] = (),
    ) -> None:
        self._recipe, self._world = recipe, world
        if recipe.arithmetic.precision == "float16" and world.device.type == "cpu":
            raise ConfigError(
                "arithmetic.precision does not fit the device",
                expected="float32 or bfloat16 on a CPU",
                found="float16",
            )
        torch.manual_seed(seed_of(recipe.seed, Purpose.NETWORK))
        network = recipe.network
        self.backbone: Backbone = build_backbone(
            network.backbone, embedding_size=network.embedding_size, input_size=input_size
        )
        self.loss = build_loss(
            recipe.loss.name, recipe.loss.parameters,
            classes=classes, embedding_size=network.embedding_size,
        )  # fmt: skip
        self.started = (
            start_from(self.backbone, network.warm_start, faces) if network.warm_start else ""
        )
        self.augment = Augment(build_steps([entry.entry() for entry in recipe.augment]))
        self._check_frozen()
        self._layout = (
            torch.channels_last if recipe.arithmetic.channels_last else torch.contiguous_format
        )
        self.backbone.to(world.device, memory_format=self._layout)  # type: ignore[call-overload]
        self.loss.to(world.device)
        self.optimiser = make_optimiser(recipe.optimiser, (self.backbone, self.loss))
        decay = recipe.averaging.decay
        self.average = Average(self.backbone, decay) if decay else None
        self._scaler = torch.amp.GradScaler(
            world.device.type, enabled=recipe.arithmetic.precision == "float16"
        )
        self._parameters = [*self.backbone.parameters(), *self.loss.parameters()]
        self._called: nn.Module = self.backbone
        self._frozen: bool | None = None

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and exported: the mean where one is kept."""
        return self.average.net if self.average else self.backbone

    def begin_epoch(self, epoch: int) -> None:
        """Freeze and thaw layers as the recipe says, and set everything to training."""
        frozen = epoch < self._recipe.network.frozen_epochs
        self.loss.train()
        self.backbone.train()
        if self._recipe.network.settled:
            self.backbone.eval()
        for name, module in self.backbone.named_modules():
            if frozen and self._is_frozen(name):
                module.eval()
        if frozen == self._frozen:
            return
        for name, parameter in self.backbone.named_parameters():
            parameter.requires_grad_(not (frozen and self._is_frozen(name)))
        self._frozen = frozen
        # Which gradients are shared is settled when the network is wrapped.
        self._called = self._world.wrap(self.backbone)

    def step(self, batches: Sequence[Batch], rate: float, step: int) -> tuple[Tensor, Tensor]:
        """Take one step along the mean gradient of some batches.

        Args:
            rate: the learning rate.
            step: steps taken before this one.

        Returns:
            The mean loss and the length of the gradient before it was shortened, both scalars on
            the device.
        """
        set_rate(self.optimiser, rate)
        self.optimiser.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self._world.device)
        for place, batch in enumerate(batches):
            loss = self.loss_of(batch, step, place)
            self._scaler.scale(loss / len(batches)).backward()  # type: ignore[no-untyped-call]
            total += loss.detach() / len(batches)
        self._scaler.unscale_(self.optimiser)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self._recipe.optimiser.clip_norm:
            nn.utils.clip_grads_with_norm_(self._parameters, self._recipe.optimiser.clip_norm, norm)
        self._scaler.step(self.optimiser)
        self._scaler.update()
        if self.average:
            self.average.follow(self.backbone, step)
        return total, norm

    def loss_of(self, batch: Batch, step: int, place: int = 0) -> Tensor:
        """Return the loss of this process's share of a batch, all shares together.

        Args:
            step: steps taken before this one.
            place: of the batch among those of the step.
        """
        seed, device, rank = self._recipe.seed, self._world.device, self._world.rank
        generator = torch.Generator(device).manual_seed(
            seed_of(seed, Purpose.AUGMENT, step, place, rank)
        )
        images = self.augment(batch.images, batch.landmarks, generator)
        faces = feed(images, self.backbone.preprocessing, self._layout)
        # Dropout draws from torch's default generator.
        torch.manual_seed(seed_of(seed, Purpose.FORWARD, step, place, rank))
        kind = TYPES.get(self._recipe.arithmetic.precision)
        with torch.autocast(device.type, kind, enabled=kind is not None):
            embeddings = self._called(faces)
        # Every process computes the same loss, so that what it draws must be the same too.
        torch.manual_seed(seed_of(seed, Purpose.LOSS, step, place))
        against = batch.targets if self.loss.needs_targets else batch.labels
        loss: Tensor = self.loss(
            self._world.gather(embeddings.float()), self._world.gather_labels(against)
        )
        return loss

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "backbone": self.backbone.state_dict(),
            "loss": self.loss.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.net.state_dict() if self.average else None,
            "scaler": self._scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a saved state stood.

        Raises:
            InputError: it is of another network, loss or optimiser.
        """
        try:
            self.backbone.load_state_dict(state["backbone"])
            self.loss.load_state_dict(state["loss"])
            self.optimiser.load_state_dict(state["optimiser"])
            if self.average:
                self.average.net.load_state_dict(state["average"])
            self._scaler.load_state_dict(state["scaler"])
        except (RuntimeError, ValueError, KeyError, AttributeError, TypeError):
            raise InputError(
                "the checkpoint does not fit its recipe",
                expected=f"{self._recipe.network.backbone} with {self._recipe.loss.name}",
                remedy="was the recipe of the run changed? Start a run of its own",
            ) from None

    def _is_frozen(self, name: str) -> bool:
        return any(
            name == layer or name.startswith(f"{layer}.") for layer in self._recipe.network.frozen
        )

    def _check_frozen(self) -> None:
        layers = [name for name, _ in self.backbone.named_children()]
        names = [name for name, _ in self.backbone.named_modules()]
        for layer in self._recipe.network.frozen:
            if layer not in names:
                raise ConfigError(
                    "network.frozen names a layer that there is not",
                    expected=", ".join(layers) + ", or a layer in one of them",
                    found=layer,
                )
