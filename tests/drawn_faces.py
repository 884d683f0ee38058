"""Prepared faces of people who do not exist, drawn so that a small network can tell them apart."""

import csv
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.train.data.looks import Look, store
from facewarden.train.data.prepared import COLUMNS, VERSION, Prepared, fingerprint
from facewarden.train.data.splits import draw, read_plan, write_split

POINTS = np.array([[0.34, 0.46], [0.66, 0.46], [0.5, 0.64], [0.37, 0.82], [0.63, 0.82]])


def drawn_faces(
    folder: Path,
    *,
    people: int = 8,
    pictures: int = 6,
    size_px: int = 32,
    splits: tuple[str, ...] = ("images:70/15/15", "subjects:70/15/15"),
    seed: int = 0,
) -> Path:
    """Write a folder as `facewarden train prepare` does.

    A person is eight spots of a colour at places of their own; a picture moves and noises them.
    """
    rng = np.random.default_rng(seed)
    images = np.zeros((people * pictures, size_px, size_px, 3), np.uint8)
    y, x = np.mgrid[:size_px, :size_px] / size_px
    labels = np.repeat(np.arange(people), pictures)
    for person in range(people):
        centres, colours = rng.random((8, 2)), rng.normal(0, 70, (8, 3))
        for picture in range(pictures):
            canvas = np.full((size_px, size_px, 3), 128.0)
            moved = centres + rng.normal(0, 0.03, centres.shape)
            for (cx, cy), colour in zip(moved, colours, strict=True):
                canvas += np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.02)[..., None] * colour
            canvas += rng.normal(0, 8, canvas.shape)
            images[person * pictures + picture] = canvas.clip(0, 255).astype(np.uint8)
    (folder / "splits").mkdir(parents=True)
    np.save(folder / "faces.npy", images)
    points = (POINTS * size_px).ravel().tolist()
    with (folder / "faces.csv").open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            (row, f"person {person:04}", f"{person}/{row}.png", "0" * 64, 0.9, *points)
            for row, person in enumerate(labels.tolist())
        )
    about = {"version": VERSION, "size_px": size_px, "fingerprint": fingerprint(folder)}
    (folder / "data.json").write_text(json.dumps(about))
    for text in splits:
        plan = read_plan(text)
        part = draw(plan, labels, np.arange(len(labels)), np.arange(people))
        write_split(folder / "splits" / f"{plan.name}.csv", part)
    return folder


def drawn_looks(folder: Path, *, each: int = 3, seed: int = 0) -> Path:
    """Write footage of prepared faces as `facewarden train footage` does: their noisier selves."""
    prepared, rng = Prepared.open(folder), np.random.default_rng(seed)
    looks = (
        Look(row, 0, frame, noisy(image, rng), prepared.landmarks[row] + 1)
        for row, image in enumerate(prepared.images)
        for frame in range(each)
    )
    store(prepared, looks, {"command": "drawn"})
    return folder


def noisy(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    return (image + rng.normal(0, 20, image.shape)).clip(0, 255).astype(np.uint8)
