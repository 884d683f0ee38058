"""A network as an ONNX file."""

import tempfile
import warnings
from pathlib import Path

import torch

from facewarden.train.backbones.backbone import Backbone

OPSET = 17
"""Of 2022: what ONNX Runtime 1.13 and OpenVINO 2023 and later read, and enough for our networks."""

INPUT, OUTPUT = "faces", "embeddings"


def to_onnx(net: Backbone) -> bytes:
    """Return a file that takes (n, 3, S, S) for any n, weights inside, norms folded.

    The network is exported as it recognises, without dropout, whatever its mode; its mode stays.
    """
    training = net.training
    device = next(net.parameters()).device
    try:
        net.eval()
        # Two faces: a batch of one would be taken for part of the shape.
        example = torch.zeros(2, 3, net.input_size, net.input_size, device=device)
        with (
            tempfile.TemporaryDirectory() as folder,
            warnings.catch_warnings(),
            torch.no_grad(),
        ):
            path = Path(folder) / "net.onnx"
            # The exporter by torch.export needs another package, onnxscript; this one serves.
            warnings.simplefilter("ignore", DeprecationWarning)
            torch.onnx.export(
                net, (example,), path, dynamo=False, opset_version=OPSET,
                input_names=[INPUT], output_names=[OUTPUT],
                dynamic_axes={INPUT: {0: "n"}, OUTPUT: {0: "n"}},
            )  # fmt: skip
            return path.read_bytes()
    finally:
        net.train(training)
