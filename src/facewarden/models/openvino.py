"""Models on OpenVINO, on the CPU."""

import threading
from collections import Counter
from queue import SimpleQueue
from typing import Any

import numpy as np
import openvino

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.model_input import Shape
from facewarden.models.session import require_fit

_HINTS = {Precision.FLOAT32: "f32", Precision.BFLOAT16: "bf16"}
OFTEN = 50
"""Batches of one shape after which a small model is compiled for that shape as well: 0.1 s, then a
detector's pictures cost 10 to 25 % less, and a third less where sizes alternate, because nothing is
laid out anew (YuNet, 2026-11-22). Outputs move by 0.001 at most, in the units of the heads."""
SHAPES = 6
SMALL_BYTES = 4 << 20
"""Of a model's file; a large one's weights would be held once more for each shape."""


class OpenVinoSession:
    """A Session on OpenVINO.

    Args:
        model: the ONNX file's bytes.
        card: its card.
        precision: the arithmetic; see `precisions`.
        threads: how many calls may run side by side, each on one CPU thread.

    Raises:
        ModelRefused: not an ONNX file, or one the card does not fit.
    """

    def __init__(
        self, model: bytes, card: ModelCard, *, precision: Precision, threads: int = 1
    ) -> None:
        self._settings = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
        }
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(model), "CPU", self._settings)
        except RuntimeError as failure:
            raise ModelRefused(
                f"OpenVINO cannot load {card.model_id}", found=str(failure)[:300]
            ) from None
        places = _places(compiled, card)
        require_fit(
            card,
            [(_alias(port, {card.input.name}), _shape(port)) for port in compiled.inputs],
            [
                (_alias(port, {output.name for output in card.outputs}), _shape(port))
                for port in compiled.outputs
            ],
        )
        self._threads = threads
        self._places = places
        self._precision = precision
        self._any_shape = _Requests(compiled, threads)
        self._model = model if len(model) <= SMALL_BYTES and not _is_static(compiled) else b""
        self._seen: Counter[tuple[int, ...]] = Counter()
        self._of_shape: dict[tuple[int, ...], _Requests] = {}
        self._compiling = threading.Lock()

    @property
    def engine(self) -> Engine:
        """OpenVINO."""
        return Engine.OPENVINO

    @property
    def precision(self) -> Precision:
        """The arithmetic asked for."""
        return self._precision

    def run(self, batch: Float32) -> tuple[Float32, ...]:
        """Run one batch on a free request; wait for one if none is."""
        requests = self._for_shape(batch.shape) if self._model else self._any_shape
        request = requests.free.get()
        try:
            # share_inputs reads the batch in place: it must stay in memory and contiguous until
            # infer returns, which it does. Outputs are copied: the next call overwrites them.
            request.infer({0: np.ascontiguousarray(batch)}, share_inputs=True)
            return tuple(
                np.array(request.get_output_tensor(place).data, np.float32)
                for place in self._places
            )
        finally:
            requests.free.put(request)

    def _for_shape(self, shape: tuple[int, ...]) -> "_Requests":
        """Return what runs batches of this shape best, compiled now if it has come often enough."""
        if (found := self._of_shape.get(shape)) is not None:
            return found
        self._seen[shape] += 1
        if self._seen[shape] < OFTEN or len(self._of_shape) >= SHAPES:
            return self._any_shape
        with self._compiling:
            if shape not in self._of_shape:
                core = openvino.Core()
                model = core.read_model(self._model)
                model.reshape(list(shape))
                compiled = core.compile_model(model, "CPU", self._settings)
                self._of_shape[shape] = _Requests(compiled, self._threads)
        return self._of_shape[shape]


class _Requests:
    """A compiled model and its free requests, as many as calls may run side by side."""

    def __init__(self, compiled: Any, threads: int) -> None:
        self._compiled = compiled  # requests do not keep their model alive by themselves
        self.free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self.free.put(compiled.create_infer_request())


def _is_static(compiled: Any) -> bool:
    return all(port.partial_shape.is_static for port in compiled.inputs)


def precisions() -> tuple[Precision, ...]:
    """Return what this CPU runs natively, float32 first."""
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return (Precision.FLOAT32, *((Precision.BFLOAT16,) if "BF16" in able else ()))


def _places(compiled: Any, card: ModelCard) -> list[int]:
    """Return the position of each of the card's outputs.

    A port has several names and `any_name` may give an inner one; `compiled.output(name).index`
    counts within the port's own node and is 0 for all twelve of YuNet.
    """
    names = [port.names for port in compiled.outputs]
    return [
        place
        for output in card.outputs
        for place, aliases in enumerate(names)
        if output.name in aliases
    ]


def _alias(port: Any, wanted: set[str]) -> str:
    """Return the name of the port that the card uses, else any."""
    return str(next(iter(sorted(port.names & wanted)), port.any_name))


def _shape(port: Any) -> Shape:
    return tuple(length.get_length() if length.is_static else None for length in port.partial_shape)
