"""Answer the benchmark of peers: a line of paths in, a line of vectors and costs out.

Every worker runs in a process of its own, with the Python of its environment. Only numpy is taken
for granted here.
"""

import base64
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Embed = Callable[[str], Any]
EmbedAll = Callable[[list[str]], list[Any]]


def serve(embed: Embed, told: str) -> None:
    """Embed the paths of each line of standard input, one by one, until it ends.

    Args:
        embed: from the path of a picture to a vector, or None where no face was found.
        told: what runs, with versions; the first line of output.
    """
    serve_batches(lambda paths: [embed(path) for path in paths], told, batch=1)


def serve_batches(embed: EmbedAll, told: str, *, batch: int) -> None:
    """Embed the paths of each line of standard input, at most `batch` at once, until it ends.

    Each picture of a batch is counted an equal part of what the batch cost. A fault is one of all
    its pictures.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries that print must not write among the answers
    _say(answers, {"told": told, "pid": os.getpid()})
    for line in sys.stdin:
        rows = []
        paths = json.loads(line)
        for start in range(0, len(paths), batch):
            chosen = paths[start : start + batch]
            wall, cpu = time.perf_counter(), time.process_time()
            vectors, fault = [None] * len(chosen), ""
            try:
                vectors = embed(chosen)
            except Exception as error:  # noqa: BLE001 - a peer's fault on a picture is a result
                fault = f"{type(error).__name__}: {error}"[:200]
            cpu_s = (time.process_time() - cpu) / len(chosen)
            wall_s = (time.perf_counter() - wall) / len(chosen)
            rows += [
                {"vector": _text(vector), "fault": fault, "cpu_s": cpu_s, "wall_s": wall_s}
                for vector in vectors
            ]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        _say(answers, {"rows": rows, "peak_mib": peak})


def nearest_centre(boxes: Any, width: float, height: float) -> int:
    """Return which of n boxes (x1 y1 x2 y2) is nearest the centre: LFW's subject stands there."""
    boxes = np.asarray(boxes, np.float64)
    centres = (boxes[:, :2] + boxes[:, 2:4]) / 2
    return int(np.hypot(centres[:, 0] - width / 2, centres[:, 1] - height / 2).argmin())


def _text(vector: Any) -> str | None:
    if vector is None:
        return None
    return base64.b64encode(np.asarray(vector, np.float32).ravel().tobytes()).decode()


def _say(answers: Any, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()
