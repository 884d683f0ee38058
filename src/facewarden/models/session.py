"""A loaded model, whatever runs it."""

from typing import Protocol

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.model_input import Shape


class Session(Protocol):
    """Runs one model; may be called from several threads at once."""

    @property
    def engine(self) -> Engine:
        """What runs the model."""
        ...

    @property
    def precision(self) -> Precision:
        """The arithmetic it runs in."""
        ...

    def run(self, batch: Float32) -> tuple[Float32, ...]:
        """Run n pictures, float32 as `feed` lays them out, and return the outputs in card's order.

        The arrays returned belong to the caller. n is at least 1, and the card's batch if it
        has one.
        """
        ...


def require_fit(
    card: ModelCard, inputs: list[tuple[str, Shape]], outputs: list[tuple[str, Shape]]
) -> None:
    """Refuse a card that does not fit the file it describes.

    Args:
        inputs, outputs: names and shapes as the runtime reads them; None for any length.

    Raises:
        ModelRefused: naming what differs.
    """
    side = card.input
    wanted = card.input_shape
    if [name for name, _ in inputs] != [side.name] or not _fits(wanted, inputs[0][1]):
        raise ModelRefused(
            f"the card of {card.model_id} does not fit the file's input",
            expected=f"{side.name} {_text(wanted)}",
            found=", ".join(f"{name} {_text(shape)}" for name, shape in inputs),
            remedy="the card's input has name, height_px, width_px, layout and batch for this, "
            "the card itself looks",
        )
    found = dict(outputs)
    for output in card.outputs:
        shape = (side.batch, *output.shape[1:])
        if output.name not in found or not _fits(shape, found[output.name]):
            raise ModelRefused(
                f"the card of {card.model_id} does not fit the file's outputs",
                expected=f"{output.name} {_text(shape)}",
                found=", ".join(f"{name} {_text(shape)}" for name, shape in outputs),
            )
    if len(outputs) != len(card.outputs):
        raise ModelRefused(
            f"the card of {card.model_id} names another number of outputs",
            expected=str(len(card.outputs)),
            found=str(len(outputs)),
        )


def _fits(card: Shape, file: Shape) -> bool:
    """A length the file leaves open fits any; one it fixes must be the card's."""
    if len(card) != len(file):
        return False
    return all(got in {None, want} for want, got in zip(card, file, strict=True))


def _text(shape: Shape) -> str:
    return "x".join("any" if length is None else str(length) for length in shape)
