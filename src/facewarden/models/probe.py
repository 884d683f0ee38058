"""Which engine runs a model best on this machine: measured once, compared, and kept."""

import os
import platform
import tempfile
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from facewarden.data import Float32, Image
from facewarden.errors import ModelRefused
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.engines import REFERENCE, Choice, choices, start, versions
from facewarden.models.feeding import feed
from facewarden.models.phantom import draw_phantom
from facewarden.models.reading_live import live_of
from facewarden.models.session import Session

MIN_COSINE = 0.999
"""Between the embeddings of two engines. On SFace bfloat16 keeps 0.9993 or more of the phantoms;
a wrong colour order or a wrong output falls far below."""
MAX_SCORE_DIFFERENCE = 0.05
"""Between scores in [0, 1], of a detector of faces or of presentation attacks. On YuNet bfloat16
moves them by less than 0.02."""
SCORES = {"yunet": 6, "mtcnn": 1, "mtcnn-stage": 1, "presentation": 1}
"""How many of a detector's outputs, the first ones, are scores: of YuNet class and object scores of
three strides, of MTCNN the probability of a face."""
EMBEDDER_BATCHES = (1, 8)
DETECTOR_PICTURE_PX = (384, 640)
"""What a 16:9 camera becomes at size_px 640."""
ROUNDS = 5


class Trial(BaseModel):
    """What one engine did in one precision; `refused` says why it must not be used, if so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Engine
    precision: Precision
    milliseconds: float
    refused: str = ""

    @property
    def choice(self) -> Choice:
        """The engine and precision."""
        return self.engine, self.precision


class Report(BaseModel):
    """The trials of one model on one machine, fastest first.

    Attributes:
        key: what they hold for: the model, the CPU and the versions of the engines.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    trials: tuple[Trial, ...]

    def best(self, engine: Engine | None, precision: Precision | None) -> Choice:
        """Return the fastest usable choice among those asked for; None stands for any.

        Raises:
            ModelRefused: none of them can be used, and why.
        """
        asked = [
            trial
            for trial in self.trials
            if engine in {None, trial.engine} and precision in {None, trial.precision}
        ]
        for trial in asked:
            if not trial.refused:
                return trial.choice
        raise ModelRefused(
            f"nothing here runs this model on {engine or 'any engine'} "
            f"in {precision or 'any precision'}",
            found="; ".join(f"{' '.join(trial.choice)}: {trial.refused}" for trial in asked)
            or "not installed, or not a precision of this CPU",
            remedy="use engine auto",
        )


def probe(card: ModelCard, model: bytes, cache_dir: Path) -> Report:
    """Return what is known about a model on this machine; measure if nothing is.

    Takes about a second the first time. The result is kept in `cache_dir`/probes, if that can be
    written.
    """
    key = _key(card)
    path = cache_dir / "probes" / f"{sha256(key.encode()).hexdigest()[:32]}.json"
    try:
        report = Report.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        pass
    else:
        if report.key == key:
            return report
    report = Report(key=key, trials=measure(card, model))
    _keep(path, report)
    return report


def measure(card: ModelCard, model: bytes) -> tuple[Trial, ...]:
    """Run the model on every engine in every precision, fastest first.

    Raises:
        ModelRefused: the reference engine cannot run it, or its outputs are not the card's.
    """
    batches = _batches(card)
    reference = start(model, card, REFERENCE, threads=1)
    expected = [_run(reference, card, batch) for batch in batches]
    trials = [_trial(card, model, choice, batches, expected) for choice in choices()]
    return tuple(sorted(trials, key=lambda trial: trial.milliseconds))


def disagreement(card: ModelCard, expected: tuple[Float32, ...], found: tuple[Float32, ...]) -> str:
    """Return in words how two runs of one batch differ by more than they may, else nothing."""
    if card.kind == "embedder":
        cosine = float(_cosine(expected[0], found[0]).min())
        return "" if cosine >= MIN_COSINE else f"cosine {cosine:.4f} to the reference"
    if card.kind == "presentation":
        expected, found = (live_of(expected[0]),), (live_of(found[0]),)
    scores = SCORES[card.architecture]
    difference = max(
        float(np.abs(one - other).max())
        for one, other in zip(expected[:scores], found[:scores], strict=True)
    )
    return "" if difference <= MAX_SCORE_DIFFERENCE else f"scores {difference:.2f} off"


def _trial(
    card: ModelCard,
    model: bytes,
    choice: Choice,
    batches: list[Float32],
    expected: list[tuple[Float32, ...]],
) -> Trial:
    engine, precision = choice
    try:
        session = start(model, card, choice, threads=1)
        found = [_run(session, card, batch) for batch in batches]
    except ModelRefused as failure:
        return Trial(engine=engine, precision=precision, milliseconds=0, refused=str(failure))
    problems = [disagreement(card, *pair) for pair in zip(expected, found, strict=True)]
    milliseconds = 1e3 * sum(_seconds(session, batch) / len(batch) for batch in batches)
    return Trial(
        engine=engine,
        precision=precision,
        milliseconds=round(milliseconds, 3),
        refused=next(filter(None, problems), ""),
    )


def _run(session: Session, card: ModelCard, batch: Float32) -> tuple[Float32, ...]:
    """Run a batch of a file that may never have run before."""
    try:
        outputs = session.run(batch)
    except Exception as failure:  # noqa: BLE001 - the engines' exceptions have no common root
        raise ModelRefused(
            f"{card.model_id} does not run on {session.engine}",
            expected=f"any batch, here {len(batch)}",
            found=str(failure)[:300],
        ) from None
    for array, output in zip(outputs, card.outputs, strict=True):
        wanted = (len(batch), *output.shape[1:])
        if len(array.shape) != len(wanted) or any(
            length not in {None, got} for length, got in zip(wanted, array.shape, strict=True)
        ):
            raise ModelRefused(
                f"the output {output.name} of {card.model_id} is not as its card says",
                expected=str(wanted),
                found=str(array.shape),
            )
        if not np.isfinite(array).all():
            raise ModelRefused(f"the output {output.name} of {card.model_id} is not finite")
    return outputs


def _seconds(session: Session, batch: Float32) -> float:
    """The fastest of some runs: other processes can only make it slower."""
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        session.run(batch)
        times.append(perf_counter() - began)
    return min(times)


def _batches(card: ModelCard) -> list[Float32]:
    """Drawn faces, as the model would be fed them."""
    if card.kind == "part":
        height, width = card.input.height_px or 1, card.input.width_px or 1
        pictures = [draw_phantom(height, width, ((width / 2, height / 2, height / 2),))]
    elif card.kind == "detector":
        height, width = DETECTOR_PICTURE_PX
        pictures = [draw_phantom(height, width, ((150, 190, 90), (400, 150, 40), (540, 250, 22)))]
    else:
        pictures = _phantoms(card)
    fed = feed(np.stack(pictures), card.input)
    if card.looks > 1:  # clips whose looks are not alike
        fed = np.stack([np.roll(fed, shift, axis=0) for shift in range(card.looks)], axis=1)
    fixed = card.input.batch
    if card.kind == "embedder" and not fixed:
        return [fed[:size] for size in EMBEDDER_BATCHES]
    return [np.repeat(fed, fixed or 1, axis=0)[: fixed or len(fed)]]


def _phantoms(card: ModelCard) -> list[Image]:
    """One face each, of the size that an embedder takes, no two alike."""
    height, width = card.input.height_px or 112, card.input.width_px or 112
    across, down = width / 112, height / 112
    return [
        draw_phantom(
            height, width, ((across * (56 + row), down * (60 - 2 * row), down * (52 + 3 * row)),)
        )
        for row in range(max(EMBEDDER_BATCHES))
    ]


def _cosine(one: Float32, other: Float32) -> Float32:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(axis=1) / np.maximum(lengths, 1e-12), np.float32)


def _key(card: ModelCard) -> str:
    engines = " ".join(f"{name} {number}" for name, number in versions().items())
    return f"{card.sha256} | {_cpu()} | {engines} | {len(choices())} choices"


def _cpu() -> str:
    # platform.processor() is empty on most Linux machines.
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line for line in lines if line.startswith("model name")), platform.machine())


def _keep(path: Path, report: Report) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(report.model_dump_json(indent=2))
        Path(name).replace(path)
    except OSError:  # a cache that is read only: measured again next time
        return
