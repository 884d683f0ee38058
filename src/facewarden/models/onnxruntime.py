"""Models on ONNX Runtime, on the CPU."""

from threading import BoundedSemaphore

import numpy as np
import onnxruntime

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.model_input import Shape
from facewarden.models.prelu import without_prelu
from facewarden.models.session import require_fit


class OnnxRuntimeSession:
    """A Session on ONNX Runtime.

    Args:
        model: the ONNX file's bytes.
        card: its card.
        threads: how many calls may run side by side, each on one CPU thread. Throughput over
            many cameras is what counts here, and it is best without threads inside a call.

    Raises:
        ModelRefused: not an ONNX file, or one the card does not fit.
    """

    def __init__(self, model: bytes, card: ModelCard, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # its errors are raised as well
        try:
            self._session = onnxruntime.InferenceSession(
                without_prelu(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as failure:  # noqa: BLE001 - its exceptions have no common root
            raise ModelRefused(
                f"ONNX Runtime cannot load {card.model_id}", found=str(failure)[:300]
            ) from None
        require_fit(
            card,
            [(item.name, _shape(item.shape)) for item in self._session.get_inputs()],
            [(item.name, _shape(item.shape)) for item in self._session.get_outputs()],
        )
        self._input = card.input.name
        self._outputs = [output.name for output in card.outputs]
        self._places = BoundedSemaphore(threads)

    @property
    def engine(self) -> Engine:
        """ONNX Runtime."""
        return Engine.ONNXRUNTIME

    @property
    def precision(self) -> Precision:
        """Always float32."""
        return Precision.FLOAT32

    def run(self, batch: Float32) -> tuple[Float32, ...]:
        """Run one batch."""
        with self._places:
            outputs = self._session.run(self._outputs, {self._input: batch})
        return tuple(np.asarray(output, np.float32) for output in outputs)


def _shape(shape: list[int | str | None]) -> Shape:
    return tuple(length if isinstance(length, int) else None for length in shape)
