"""Keeps the inference engines from telling their makers about this machine."""

import os
import sys


def silence() -> None:
    """Switch off what the engines send; must run before they are imported.

    - ONNX Runtime (seen in 1.31.1) keeps a device id, the path of the Python that runs it and every
      error's text in ~/.cache/Microsoft and posts them to mobile.events.data.microsoft.com; it
      leaves that when ORT_DISABLE_TELEMETRY is set.
    - OpenVINO (seen in 2026.4.1) counts its imports under ~/intel and tells Google Analytics when
      the package openvino_telemetry is there, which it requires; it does without when that cannot
      be imported. None in sys.modules says so (Python reference, 5.3.1).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if "openvino_telemetry" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
