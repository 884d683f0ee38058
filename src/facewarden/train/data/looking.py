"""Looks at every photograph of the sources, on from where an earlier run was stopped."""

from collections.abc import Callable

from facewarden.data import Float32
from facewarden.train.data.cropper import Cropper, Face
from facewarden.train.data.journal import CHUNK, Entry, Journal
from facewarden.train.data.sources import Sources

BROKEN = "the model gave no finite template"


def look_at_all(
    sources: Sources,
    cropper: Cropper,
    journal: Journal,
    *,
    done: Callable[[int], None] = lambda _: None,
) -> None:
    """Fill the journal with an entry for each photograph, in the order of the sources.

    Args:
        done: called with how many are done, those of earlier runs among them.
    """
    done(len(journal.entries))
    for start in range(len(journal.entries), len(sources.photographs), CHUNK):
        chunk = sources.photographs[start : start + CHUNK]
        looked = [cropper.look(sources.root / one.source) for one in chunk]
        faces = [one.face for one in looked if one.face is not None]
        vectors = iter(cropper.embed(faces))
        entries: list[Entry] = []
        kept: list[tuple[Face, Float32]] = []
        for one in looked:
            vector = next(vectors) if one.face is not None else None
            if one.face is None or vector is None:
                entries.append(Entry(one.digest, one.fault or BROKEN, 0.0, ()))
                continue
            kept.append((one.face, vector))
            landmarks = tuple(round(float(value), 3) for value in one.face.landmarks.ravel())
            entries.append(Entry(one.digest, "", round(one.face.quality, 4), landmarks))
        journal.add(entries, [face.crop for face, _ in kept], [vector for _, vector in kept])
        done(start + len(chunk))
