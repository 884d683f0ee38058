"""Put a model of the user's own into the cache."""

import json
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models.builtin import recognised
from facewarden.models.card import ModelCard, RuntimeCheck, read_card
from facewarden.models.draft import draft_embedder
from facewarden.models.engines import versions
from facewarden.models.probe import measure
from facewarden.models.registry import MAX_MODEL_BYTES, Registry, sha256


def add(registry: Registry, model_path: Path, card_path: Path) -> ModelCard:
    """Check an ONNX file against its card by running it, then store both.

    The card may leave out `sha256` and `source_sha256`, which are then the file's, and
    `checked_on`, which becomes the engines of this machine that ran the file and agreed.

    Returns:
        the card as stored.

    Raises:
        ModelMissing: one of the files cannot be read.
        ModelRefused: the card is not valid or does not fit the file, the file does not run, or
            its id is taken by another model.
    """
    text = _read(card_path, 1 << 20)
    try:
        draft = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise ModelRefused(f"{card_path} is not JSON", found=str(failure)[:200]) from None
    if not isinstance(draft, dict):
        raise ModelRefused(f"{card_path} is not a model card", expected="a JSON object")
    return _added(registry, _read(model_path, MAX_MODEL_BYTES), draft, card_path)


def add_drafted(registry: Registry, model_path: Path, told: Mapping[str, Any]) -> ModelCard:
    """Do the same for an embedder whose card is made from the file and what its user told.

    Raises:
        ModelMissing, ModelRefused: as in `add`; also where something needed is not told.
    """
    model = _read(model_path, MAX_MODEL_BYTES)
    return _added(registry, model, draft_embedder(model, told), "from the options")


def add_recognised(registry: Registry, model_path: Path) -> ModelCard | None:
    """Store a file that facewarden knows by its hash, with the card that ships; None if unknown.

    Raises:
        ModelMissing, ModelRefused: the file cannot be read, or the cache cannot be written.
    """
    content = _read(model_path, MAX_MODEL_BYTES)
    digest = sha256(content)
    for known in recognised(digest):
        stored = content if digest == known.card.sha256 else known.prepare(content)
        registry.put(known.card, stored, replace=True)
        return known.card
    return None


def _added(registry: Registry, model: bytes, draft: dict[str, Any], where: Path | str) -> ModelCard:
    card = _completed(draft, sha256(model), where)
    trials = measure(card, model)
    now = versions()
    checks = tuple(
        RuntimeCheck(
            engine=trial.engine,
            version=now[trial.engine],
            precision=trial.precision,
            date=datetime.now(UTC).date(),
        )
        # Not by their speed, which differs from one measurement to the next.
        for trial in sorted(trials, key=lambda trial: (trial.engine, trial.precision))
        if not trial.refused
    )
    if not checks:
        raise ModelRefused(
            f"{card.model_id} ran, but no two runs of it agree",
            expected="outputs that follow from the input",
            found="; ".join(trial.refused for trial in trials),
        )
    card = card.model_copy(update={"checked_on": checks})
    registry.put(card, model)
    return card


def _completed(draft: dict[str, Any], digest: str, where: Path | str) -> ModelCard:
    stated = draft.setdefault("sha256", digest)
    draft.setdefault("source_sha256", digest)
    if stated != digest:
        raise ModelRefused(
            "the file does not have the hash of its card", expected=str(stated), found=digest
        )
    return read_card(json.dumps(draft), where)


def _read(path: Path, most: int) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ModelRefused(f"{path} is not a regular file")
        if found.st_size > most:
            raise ModelRefused(f"{path} is too large", expected=f"at most {most} bytes")
        return path.read_bytes()
    except OSError as failure:
        raise ModelMissing(f"{path} cannot be read", found=failure.strerror or "") from None
