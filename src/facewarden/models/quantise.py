"""Weights and activations in eight bits, by ranges that are measured on faces."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facewarden.data import Float32
from facewarden.errors import DataError, ModelRefused

_PRODUCTS = ["Conv", "Gemm", "MatMul"]


def quantised(model: bytes, batches: Sequence[Float32]) -> bytes:
    """Return the model with signed 8-bit weights, a scale per channel, and unsigned activations.

    What enters and weighs a convolution or a matrix product is rounded, for there the time goes.
    Depthwise convolutions stay as they are, whose few weights a channel suffer most and cost
    least, and so does the first one, which reads the picture. Nothing is rounded on its way out:
    an engine can then fold what follows (PRelu, the next rounding) into the product. On SFace
    this halves OpenVINO's time and keeps a cosine of 0.997; rounding everything kept 0.982 and
    gained no time (2026-11-23, EPYC with VNNI).

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
                op_types_to_quantize=_PRODUCTS,
                nodes_to_exclude=_left_alone(onnx.load(folded)),
                extra_options={"OpTypesToExcludeOutputQuantization": _PRODUCTS},
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
            return out.read_bytes()
    except Exception as failure:  # noqa: BLE001 - its exceptions have no common root
        raise ModelRefused("the model cannot be quantised", found=str(failure)[:300]) from None


def _left_alone(proto: Any) -> list[str]:
    """Return the names of the first convolution and of the depthwise ones."""
    convolutions = [node for node in proto.graph.node if node.op_type == "Conv"]
    depthwise = [
        node
        for node in convolutions
        if any(attribute.name == "group" and attribute.i > 1 for attribute in node.attribute)
    ]
    return [node.name for node in (*convolutions[:1], *depthwise)]


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
