"""Measure the search of galleries: `scripts/bench search LFW`, a folder with images/ of LFW.

Each size runs in a process of its own, on one thread. One photograph of every person of LFW with
several is enrolled, and up to three others of each are the probes. Distractors fill the gallery up:
drawn from the mean and the covariance of the people's templates, one in twenty of them pulled
towards a real person, so that their similarities to real probes have the tail of real impostors,
which is printed beside theirs. Ground truth is a product with every true vector.
"""

import argparse
import ctypes
import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.lfw import ONE_PERSON, Cost
from benchmarks.lfw import templates as embed
from facewarden.data import Float32, GalleryEntry, Int64, Templates
from facewarden.detect.refine import CloseUpDetector
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.match.compressed_gallery import CompressedGallery
from facewarden.match.exact_gallery import ExactGallery
from facewarden.match.growth import fitting
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry, models_dir

MODEL = "benchmark"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
K = 10
BLOCK = 65_536
PROBES_A_PERSON = 3
RELATIVES = 0.05
"""Share of distractors that are pulled towards a real person."""


@dataclass
class People:
    enrolled: Float32
    probes: Float32
    owner: Int64  # of each probe, a row of enrolled

    @classmethod
    def of(cls, vectors: Float32, names: NDArray[np.str_]) -> "People":
        enrolled: list[Float32] = []
        probes: list[Float32] = []
        owner: list[int] = []
        for name in np.unique(names):
            rows = np.flatnonzero(names == name)
            if len(rows) > 1:
                for row in rows[1 : 1 + PROBES_A_PERSON]:
                    probes.append(vectors[row])
                    owner.append(len(enrolled))
                enrolled.append(vectors[rows[0]])
        return cls(np.stack(enrolled), np.stack(probes), np.array(owner))


class Distractors:
    """Unit vectors with the mean and covariance of real templates, block by block from a seed."""

    def __init__(self, people: Float32) -> None:
        self._people = people
        self._mean = people.mean(axis=0)
        size, direction = np.linalg.eigh(np.cov(people.T))
        self._shape = (direction * np.sqrt(np.maximum(size, 0))).T.astype(np.float32)

    def block(self, seed: int, n: int) -> Float32:
        random = np.random.default_rng([7, seed])
        drawn = random.standard_normal((n, len(self._shape)), np.float32) @ self._shape
        drawn += self._mean
        relative = random.random(n) < RELATIVES
        real = self._people[random.integers(0, len(self._people), n)]
        pull = random.uniform(0, 0.6, n).astype(np.float32) * relative
        drawn += pull[:, None] * real
        unit: Float32 = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit


def blocks(people: People, distractors: Distractors, size: int) -> Iterator[tuple[int, Float32]]:
    """Yield the first row and the vectors of each block of the gallery; real people come last."""
    fill = size - len(people.enrolled)
    for start in range(0, fill, BLOCK):
        yield start, distractors.block(start, min(BLOCK, fill - start))
    yield fill, people.enrolled


def entries(start: int, vectors: Float32) -> list[GalleryEntry]:
    return [GalleryEntry(start + i, start + i, vector) for i, vector in enumerate(vectors)]


def truth(people: People, distractors: Distractors, size: int) -> tuple[Int64, Float32]:
    """The subjects (n, K) of highest cosine, from every true vector in turn."""
    best = np.full((len(people.probes), K), -2, np.float32)
    who = np.full(best.shape, -1, np.int64)
    for start, vectors in blocks(people, distractors, size):
        for begin in range(0, len(vectors), 8192):
            similarity = people.probes @ vectors[begin : begin + 8192].T
            place = np.argpartition(-similarity, K - 1, axis=1)[:, :K]
            best = np.hstack([best, np.take_along_axis(similarity, place, axis=1)])
            who = np.hstack([who, place + start + begin])
            order = np.argsort(-best, axis=1, kind="stable")[:, :K]
            best = np.take_along_axis(best, order, axis=1)
            who = np.take_along_axis(who, order, axis=1)
    return who, best


def ms(seconds: list[float]) -> str:
    return f"p50 {1e3 * np.median(seconds):.2f}, p95 {1e3 * np.quantile(seconds, 0.95):.2f} ms"


def trim() -> None:
    """Give memory that is free back to the system, so that RSS is what is held."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def measure(people: People, size: int) -> None:
    distractors = Distractors(people.enrolled)
    process = psutil.Process()
    # Libraries and their buffers are no part of a gallery: a small one of each kind loads them.
    CompressedGallery(ExactGallery(entries(0, distractors.block(0, 20_000)), MODEL))
    trim()
    rss = process.memory_info().rss
    began, gallery = time.process_time(), ExactGallery([], MODEL)
    current: ExactGallery | CompressedGallery = gallery
    del gallery
    for start, vectors in blocks(people, distractors, size):
        fit = fitting(current.changed(entries(start, vectors), (), {}))
        assert isinstance(fit, ExactGallery | CompressedGallery)
        current = fit
    del fit, vectors
    trim()
    build = time.process_time() - began
    rss = process.memory_info().rss - rss
    assert current.references == size
    print(f"{size:,} references, one a subject, d {current.dimension}: {type(current).__name__}")
    print(f"  built in {build:.1f} s of CPU, drawing the distractors included")
    print(f"  bytes a reference: {current.nbytes / size:.0f} in arrays, {rss / size:.0f} of RSS")

    wall, cpu = [], []
    found = []
    for probe in people.probes:
        one = Templates(probe[None], MODEL)
        started, used = time.perf_counter(), time.thread_time()
        found.append(current.search(one, K, NOW))
        cpu.append(time.thread_time() - used)
        wall.append(time.perf_counter() - started)
    print(f"  top-{K} of one probe: wall {ms(wall)}; thread CPU {ms(cpu)}")
    who, best = truth(people, distractors, size)
    ids = np.concatenate([one.subject_id for one in found])
    similarity = np.concatenate([one.similarity for one in found])
    mated = (who[:, 0] == size - len(people.enrolled) + people.owner).mean()
    first = int((ids[:, 0] == who[:, 0]).sum())
    same = [len(np.intersect1d(a, b)) for a, b in zip(ids, who, strict=True)]
    print(
        f"  {len(ids)} mated probes, {100 * mated:.1f} % with their subject first in truth: "
        f"recall@1 {100 * first / len(ids):.2f} % ({len(ids) - first} missed), "
        f"recall@{K} {100 * np.mean(same) / K:.2f} %"
    )
    equal = ids == who
    off = np.abs(similarity - best)[equal]
    print(
        f"  similarity: off by {off.max():.1e} at most, {np.sqrt((off**2).mean()):.1e} rms; "
        f"proven bound {current.error:.1e}; whole answers equal: "
        f"{100 * equal.all(axis=1).mean():.1f} %"
    )

    new = distractors.block(10**9, 1000)
    ends = {i: NOW + timedelta(days=1) for i in range(0, size, 10)}
    wall, cpu = [], []
    grown = current
    for turn in range(20):
        fresh = entries(size + 1000 * turn, new)
        started, used = time.perf_counter(), time.thread_time()
        grown = grown.changed(fresh, (), {})
        cpu.append(time.thread_time() - used)
        wall.append(time.perf_counter() - started)
    print(
        f"  adding 1,000, twenty times: thread CPU {ms(cpu)}, largest {1e3 * max(cpu):.0f} ms; "
        f"wall {ms(wall)}"
    )
    started = time.thread_time()
    grown = grown.changed(entries(2 * size, new), range(0, 10_000, 10), ends)
    print(
        f"  adding 1,000, removing 1,000, an end for every tenth: "
        f"{1e3 * (time.thread_time() - started):.0f} ms of CPU"
    )


def tails(people: People) -> None:
    """Print how alike strangers are: real ones, and distractors."""
    similarity = people.probes @ people.enrolled.T
    stranger = np.arange(len(people.enrolled)) != people.owner[:, None]
    drawn = people.probes @ Distractors(people.enrolled).block(1, 4 * len(people.enrolled)).T
    for name, values in (("real impostors", similarity[stranger]), ("distractors", drawn.ravel())):
        shares = [0.5, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5]
        reached = np.quantile(values, [1 - share for share in shares])
        text = ", ".join(
            f"{share:g}: {value:.3f}" for share, value in zip(shares, reached, strict=True)
        )
        print(f"{name}: similarity reached by a share of {text}")


def vectors_of(root: Path, cache: Path | None) -> tuple[Float32, NDArray[np.str_]]:
    """Embed the images of LFW, or take what an earlier run has kept."""
    if cache is not None and cache.exists():
        kept = np.load(cache, allow_pickle=False)
        return kept["steady"], kept["people"]
    registry = Registry(models_dir(None))
    detector_card, finder = open_session(registry, DEFAULT_DETECTOR)
    embedder_card, session = open_session(registry, DEFAULT_EMBEDDER)
    paths = sorted((root / "images").rglob("*.jpg"))
    names = [path.stem.rsplit("_", 1)[0] for path in paths]
    people = np.array([ONE_PERSON.get(name, name) for name in names])
    detector = CloseUpDetector(YuNet(finder, detector_card))
    vectors = embed(paths, detector, OnnxEmbedder(session, embedder_card), Cost())
    if cache is not None:
        np.savez(cache, steady=vectors, people=people)
    return vectors, people


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("root", type=Path, help="folder of LFW")
    arguments.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--cache", type=Path, help="keep the templates in this .npz file")
    arguments.add_argument("--here", action="store_true", help="in this process, whatever threads")
    chosen = arguments.parse_args()
    people = People.of(*vectors_of(chosen.root, chosen.cache))
    if chosen.here:
        for size in chosen.sizes:
            measure(people, size)
        return
    tails(people)
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for size in chosen.sizes:
        command = [sys.executable, "-m", "benchmarks.search", str(chosen.root), "--here"]
        command += ["--sizes", str(size)]
        if chosen.cache is not None:
            command += ["--cache", str(chosen.cache)]
        subprocess.run(command, env=one_thread, check=True)


if __name__ == "__main__":
    main()
