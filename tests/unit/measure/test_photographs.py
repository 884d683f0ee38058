from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.data import Image, Templates
from facewarden.errors import ModelRefused
from facewarden.measure.photographs import embed_photographs
from facewarden.pipeline.examine import ExaminedFace, Examiner


class FailsOnBlack:
    """Sees one face in every picture; its model has no finite answer to a black one."""

    def faces(self, image: Image) -> list[ExaminedFace]:
        return [ExaminedFace(image, (0, 0, 1, 1), 0.5, 0.5)]

    def embed(self, faces: Sequence[ExaminedFace]) -> Templates:
        if any(not face.crop.any() for face in faces):
            raise ModelRefused("an embedding that is not finite")
        return Templates(np.tile(np.eye(1, 4, dtype=np.float32), (len(faces), 1)), "a")


def pictures(folder: Path, *greys: int) -> list[Path]:
    paths = [folder / f"{i}.png" for i in range(len(greys))]
    for path, grey in zip(paths, greys, strict=True):
        Pillow.new("RGB", (8, 8), (grey, grey, grey)).save(path)
    return paths


def test_one_embedding_with_nan_costs_one_photograph(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 90, 0, 200)
    told: list[int] = []
    found = embed_photographs(paths, cast("Examiner", FailsOnBlack()), done=told.append)
    assert found.found.tolist() == [True, False, True]
    assert found.faults == {1: "the model gave no finite template"}
    assert not found.vectors[1].any()
    assert told == [3]


def test_a_model_without_any_finite_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="not finite"):
        embed_photographs(pictures(tmp_path, 0, 0), cast("Examiner", FailsOnBlack()))
