"""Weights in sixteen bits: half the file, and what the processor makes of them."""

from facewarden.errors import ModelRefused


def halved(model: bytes) -> bytes:
    """Return the model with float16 inside; its input and output stay float32.

    A processor without arithmetic of 16 bits widens the weights again: the file is smaller, a face
    is no cheaper.

    Raises:
        ModelRefused: the file cannot be converted.
    """
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    try:
        proto = onnx.load_model_from_string(model)
        made = convert_float_to_float16(proto, keep_io_types=True)
        return bytes(made.SerializeToString())
    except Exception as failure:  # noqa: BLE001 - its exceptions have no common root
        raise ModelRefused("the model cannot be halved", found=str(failure)[:300]) from None
