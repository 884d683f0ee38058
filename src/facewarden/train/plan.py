"""Which faces each process takes in each batch of each epoch."""

from collections.abc import Iterator

from facewarden.errors import ConfigError
from facewarden.train.distributed import World
from facewarden.train.recipe import Recipe
from facewarden.train.samplers.catalogue import build
from facewarden.train.training_data import TrainingData


class Plan:
    """The batches of a run; the sampler draws whole ones, processes share each.

    Attributes:
        batch_size: faces in a whole batch.

    Args:
        recipe: names the sampler.
        data: what is sampled.
        world: of this process.

    Raises:
        ConfigError: an unknown sampler or parameter, or one that does not fit the data.
    """

    def __init__(self, recipe: Recipe, data: TrainingData, world: World) -> None:
        self._world = world
        self._sampler = build(
            recipe.sampler.name,
            recipe.sampler.parameters,
            rows=data.train,
            labels=data.class_of[data.train],
            seed=recipe.seed,
        )
        self.batch_size = self._sampler.batch_size
        self._accumulate = recipe.optimiser.accumulate
        least = 2 * world.size
        if min(self.batch_size, len(data.train)) < least:
            raise ConfigError(
                "a batch is too small",
                expected=f"at least {least} faces: two for each process, since batch "
                "normalisation learns nothing from one",
                found=f"{min(self.batch_size, len(data.train))}",
            )

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return -(-len(self._sampler) // self._accumulate)

    def of(self, epoch: int, done: int) -> Iterator[list[int]]:
        """Yield the rows of this process's share of each batch of an epoch.

        Args:
            done: batches that were taken before.
        """
        self._sampler.load_state_dict({"epoch": epoch, "position": done})
        rank, size = self._world.rank, self._world.size
        for rows in self._sampler:
            # All shares must be of one size, since they are gathered.
            yield rows[: len(rows) // size * size][rank::size]
