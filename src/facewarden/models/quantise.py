"""Weights and activations in eight bits, by ranges that are measured on faces."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facewarden.data import Float32
from facewarden.errors import DataError, ModelRefused


def quantised(model: bytes, batches: Sequence[Float32]) -> bytes:
    """Return the model with signed 8-bit weights, a scale per channel, and unsigned activations.

    The file names each rounding (QuantizeLinear, DequantizeLinear), so that any engine computes
    the same. On a processor without VNNI the sums of two products may saturate at 16 bits.

    Args:
        model: an ONNX file with one input, float32.
        batches: what it will be fed, as `feed` lays it out: a few hundred faces. The least and
            greatest activation on them are the ends of the range.

    Raises:
        DataError: no faces.
        ModelRefused: the file cannot be quantised.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    if not sum(len(batch) for batch in batches):
        raise DataError("nothing to measure the ranges on", expected="faces", found="none")
    try:
        with tempfile.TemporaryDirectory() as folder, _quiet():
            folded, out = Path(folder) / "folded.onnx", Path(folder) / "int8.onnx"
            proto = onnx.load_model_from_string(model)
            # Folds norms into convolutions. Symbolic shapes would need sympy, and change nothing.
            quant_pre_process(proto, folded, skip_symbolic_shape=True)
            quantize_static(
                folded,
                out,
                _Faces(proto.graph.input[0].name, batches),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
            return out.read_bytes()
    except Exception as failure:  # noqa: BLE001 - its exceptions have no common root
        raise ModelRefused("the model cannot be quantised", found=str(failure)[:300]) from None


class _Faces:
    """onnxruntime.quantization.CalibrationDataReader, which need not be a base class."""

    def __init__(self, name: str, batches: Sequence[Float32]) -> None:
        self._left = iter([{name: batch} for batch in batches])

    def get_next(self) -> dict[str, Any] | None:
        """Return the next batch; None after the last."""
        return next(self._left, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what it says on the root logger from our user: nothing in it is for them."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
