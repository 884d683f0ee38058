"""What runs a model, and in which arithmetic."""

from enum import StrEnum


class Engine(StrEnum):
    """What runs a model."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"


class Precision(StrEnum):
    """The arithmetic a model is run in; it moves similarities, so it is part of a calibration."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
