"""The cache of models: `<model_id>.onnx` beside `<model_id>.json`, its card."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from facewarden.config.paths import models_folder
from facewarden.errors import ModelError, ModelMissing, ModelRefused
from facewarden.models.calibration import Overlay, TailFit, overlay_path, read_overlay
from facewarden.models.card import ModelCard, read_card
from facewarden.models.lock import locked

MAX_MODEL_BYTES = 2**31 - 1
"""The most a protobuf message, and so an ONNX file without external data, can hold."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one model of the cache gave; `problem` is empty when all is well."""

    model_id: str
    problem: str


class Registry:
    """The models of one folder, re-hashed each time one is taken.

    Args:
        cache_dir: made when the first model is put into it.
    """

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir = cache_dir

    def list(self) -> "tuple[ModelCard, ...]":
        """Return the cards by id, without looking at the models.

        Raises:
            ModelRefused: a card that is not valid.
        """
        return tuple(self._card(path.stem) for path in sorted(self.cache_dir.glob("*.json")))

    def get(self, model_id: str) -> tuple[ModelCard, Path]:
        """Return a model's card and file, after checking its hash.

        Raises:
            ModelMissing: no such model here.
            ModelRefused: the file does not have the hash of its card, or the card is not valid.
        """
        card, _ = self.load(model_id)
        return card, self._file(model_id)

    def load(self, model_id: str) -> tuple[ModelCard, bytes]:
        """Return a model's card and the very bytes whose hash was checked.

        Raises:
            ModelMissing: no such model here.
            ModelRefused: the file does not have the hash of its card, or the card is not valid.
        """
        try:
            return self._load(model_id)
        except ModelError:
            # Perhaps it is being replaced this moment: the file came first, the card comes next.
            try:
                with locked(self.cache_dir):
                    return self._load(model_id)
            except OSError:  # no folder, or one that is read only: nobody is writing
                pass
            raise

    def verify(self) -> tuple[Verdict, ...]:
        """Check every card and every file's hash; never raises for what it finds.

        Of an id that facewarden ships, the hash is that of the card in the package: who can write
        this folder can change a file together with the card beside it.
        """
        found = {path.stem for ending in ("json", "onnx") for path in self._all(ending)}
        verdicts = []
        for model_id in sorted(found):
            try:
                card, _ = self.load(model_id)
                _require_shipped(card)
            except ModelError as failure:
                verdicts.append(Verdict(model_id, str(failure)))
            else:
                verdicts.append(Verdict(model_id, ""))
        return tuple(verdicts)

    def put(self, card: ModelCard, model: bytes, *, replace: bool = False) -> Path:
        """Write a model and its card whole or not at all, safely beside other processes.

        Args:
            replace: overwrite another file of the same id.

        Raises:
            ModelRefused: the bytes do not have the card's hash, the id is taken by another file,
                or the cache cannot be written.
        """
        if sha256(model) != card.sha256:
            raise ModelRefused(
                f"{card.model_id} does not have the hash of its card",
                expected=card.sha256,
                found=sha256(model),
            )
        try:
            self.cache_dir.mkdir(parents=True, exist_ok=True)
            with locked(self.cache_dir):
                if not replace:
                    self._require_free(card)
                _write(self._file(card.model_id), model)
                _write(self._card_file(card.model_id), card.to_json().encode())
        except OSError as failure:
            raise ModelRefused(
                f"the model cache {self.cache_dir} cannot be written",
                found=failure.strerror or str(failure),
                remedy="choose another with --cache or FACEWARDEN_MODELS",
            ) from None
        return self._file(card.model_id)

    def _require_free(self, card: ModelCard) -> None:
        if not self._card_file(card.model_id).exists():
            return
        there = self._card(card.model_id)
        if there.sha256 != card.sha256:
            raise ModelRefused(
                f"another model is already called {card.model_id}",
                expected=there.sha256,
                found=card.sha256,
                remedy="give this one another model_id: templates are kept apart by it",
            )

    def _load(self, model_id: str) -> tuple[ModelCard, bytes]:
        card = self._card(model_id)
        path = self._file(model_id)
        try:
            size = path.stat().st_size
            if size > MAX_MODEL_BYTES:
                raise ModelRefused(f"{path} is too large for an ONNX file", found=f"{size} bytes")
            model = path.read_bytes()
        except OSError as failure:
            raise _missing(f"the file of {model_id}", self.cache_dir, failure) from None
        if sha256(model) != card.sha256:
            raise ModelRefused(
                f"{path} does not have the hash of its card",
                expected=card.sha256,
                found=sha256(model),
                remedy="delete it and run `facewarden models fetch`",
            )
        return self._calibrated(card), model

    def _calibrated(self, card: ModelCard) -> ModelCard:
        """Return the card with the user's own calibrations in place of those it came with."""
        own = read_overlay(self.cache_dir, card.model_id, card.sha256)
        if not own:
            return card
        mine = {fit.precision for fit in own}
        kept = tuple(fit for fit in card.tails if fit.precision not in mine)
        return card.model_copy(update={"tails": own + kept})

    def calibrate(self, model_id: str, fits: Sequence[TailFit]) -> Path:
        """Write a user's calibration beside the cards; it wins from now on.

        Calibrations of other precisions that the user made before stay.

        Raises:
            ModelMissing, ModelRefused: no such model here, or the folder cannot be written.
        """
        card, _ = self.load(model_id)
        path = overlay_path(self.cache_dir, model_id)
        new = {(fit.engine, fit.precision) for fit in fits}
        try:
            with locked(self.cache_dir):
                before = read_overlay(self.cache_dir, model_id, card.sha256)
                kept = [fit for fit in before if (fit.engine, fit.precision) not in new]
                overlay = Overlay.of(model_id, card.sha256, [*fits, *kept])
                path.parent.mkdir(exist_ok=True)
                _write(path, (overlay.model_dump_json(indent=2) + "\n").encode())
        except OSError as failure:
            raise ModelRefused(
                f"the calibration {path} cannot be written",
                found=failure.strerror or str(failure),
                remedy="choose another folder of models with FACEWARDEN_MODELS",
            ) from None
        return path

    def _card(self, model_id: str) -> ModelCard:
        path = self._card_file(model_id)
        try:
            card = read_card(path.read_bytes(), path)
        except OSError as failure:
            raise _missing(f"the card of {model_id}", self.cache_dir, failure) from None
        if card.model_id != model_id:
            raise ModelRefused(f"{path} is another model's", expected=model_id, found=card.model_id)
        return card

    def _all(self, ending: str) -> "tuple[Path, ...]":
        return tuple(self.cache_dir.glob(f"*.{ending}"))

    def _file(self, model_id: str) -> Path:
        return self.cache_dir / f"{model_id}.onnx"

    def _card_file(self, model_id: str) -> Path:
        return self.cache_dir / f"{model_id}.json"


def models_dir(chosen: Path | None = None) -> Path:
    """Return the folder of models: the one chosen, FACEWARDEN_MODELS, or the user's cache."""
    return chosen if chosen is not None else models_folder()


def _require_shipped(card: ModelCard) -> None:
    shipped = files("facewarden.models") / "cards" / f"{card.model_id}.json"
    if not shipped.is_file():
        return
    expected = read_card(shipped.read_bytes(), shipped.name).sha256
    if card.sha256 != expected:
        raise ModelRefused(
            f"{card.model_id} is not the model that facewarden ships under this id",
            expected=expected,
            found=card.sha256,
            remedy="delete it and its card, and run `facewarden models fetch`; give a model of "
            "your own another id",
        )


def sha256(content: bytes) -> str:
    """Return the hash as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _missing(what: str, cache_dir: Path, failure: OSError) -> ModelMissing:
    return ModelMissing(
        f"{what} is not in {cache_dir}",
        found="" if isinstance(failure, FileNotFoundError) else failure.strerror or "",
        remedy="run `facewarden models fetch` for the default models, "
        "`facewarden models add` for others",
    )


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename, so that a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
