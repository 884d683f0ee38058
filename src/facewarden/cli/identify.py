"""facewarden identify: still images against the watchlists."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.actor import actor
from facewarden.capture.clean_picture import as_jpeg, fitted
from facewarden.capture.image import read_image
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, EngineOption, JsonOption, WatchlistsOption
from facewarden.cli.settings import settings_from
from facewarden.cli.thresholds import DistanceOption, ThresholdOption, chosen_threshold
from facewarden.config.checked import checked
from facewarden.config.watchlist import WatchlistSettings
from facewarden.data import SubjectDetails, Verdict
from facewarden.errors import FacewardenError, InputError
from facewarden.pipeline.identify import StillFace
from facewarden.pipeline.identify import identify as identify_faces
from facewarden.pipeline.photographs import photographs_in
from facewarden.wiring.eyes import make_examiner, make_eyes, with_serving_embedder
from facewarden.wiring.roster import make_roster, require_watchlists
from facewarden.wiring.route import make_rule
from facewarden.wiring.stores import open_store_from

_THUMBNAIL_PX = 160
"""Enough to tell later who was searched for, without being a photograph to search with again."""


def identify(
    paths: Annotated[list[Path], typer.Argument(help="Photographs, or folders of them.")],
    watchlist: WatchlistsOption = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="Candidates per face.")] = 3,
    threshold: ThresholdOption = None,
    max_distance: DistanceOption = None,
    config: ConfigOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who on the watchlists the faces of photographs are like.

    --threshold or --max-distance take the place of the watchlists' own thresholds.
    """
    similarity = chosen_threshold(threshold, max_distance)
    settings = settings_from(config, engine=engine)
    rule = make_rule(settings)
    answers: list[dict[str, Any]] = []
    found: list[str] = []
    refused = 0
    store = open_store_from(settings, create=False)
    try:
        require_watchlists(store, watchlist or [])
        eyes = make_eyes(with_serving_embedder(settings, store), looks=False)
        examiner = make_examiner(eyes)
        if similarity is not None:
            names = watchlist or [known.name for known in store.watchlists.all()]
            lists = tuple(
                checked(
                    WatchlistSettings,
                    {"name": name, "threshold": similarity},
                    "this threshold cannot be",
                )
                for name in names
            )
            settings = settings.model_copy(update={"watchlists": lists})
        roster = make_roster(store, eyes.embedder, watchlist or [], settings)
        for photograph in photographs_in(paths, SubjectDetails("")):
            try:
                image, data = read_image(photograph.path)
                # Recorded before it is answered: a search that fails was a search all the same.
                store.audit.append(
                    actor(),
                    "identify",
                    "photograph",
                    {"digest": store.fingerprint(data), "watchlists": sorted(roster.thresholds)},
                    picture=as_jpeg(fitted(image, _THUMBNAIL_PX), 80),
                )
                faces = identify_faces(image, examiner, roster, rule, datetime.now(UTC), top)
            except FacewardenError as error:
                refused += 1
                answers.append({"photograph": photograph.label, "error": str(error)})
                problems().print(f"{escape(photograph.label)}: {escape(str(error))}")
                continue
            answers.append({"photograph": photograph.label, "faces": [asdict(f) for f in faces]})
            if not as_json:
                _show(photograph.label, faces)
                found += _candidates(photograph.label, faces)
    finally:
        store.close()
    if as_json:
        results().print_json(json.dumps(answers))
    elif len(answers) > 1:
        results().print("candidates:" if found else "no candidate in any photograph")
    for line in found:
        results().print(escape(line), soft_wrap=True)
    if refused:
        raise typer.Exit(InputError.exit_code)


def _show(label: str, faces: list[StillFace]) -> None:
    if not faces:
        results().print(f"{escape(label)}: no face found")
        return
    table = Table("face", "quality", "subject", "watchlist", "similarity", "threshold", "result",
                  title=escape(label), title_justify="left")  # fmt: skip
    for number, face in enumerate(faces, 1):
        if not face.candidates:
            table.add_row(str(number), f"{face.quality:.2f}", "", "", "", "", "nobody enrolled")
        for candidate in face.candidates:
            result = "candidate" if candidate.verdict is Verdict.ALERT else candidate.verdict.value
            who = candidate.name
            if candidate.external_reference:
                who += f" ({candidate.external_reference})"
            table.add_row(
                str(number),
                f"{face.quality:.2f}",
                escape(who),
                escape(candidate.watchlist),
                f"{candidate.similarity:.3f}",
                f"{candidate.threshold:.3f}",
                result,
            )
    results().print(table)


def _candidates(label: str, faces: list[StillFace]) -> list[str]:
    """Return a line that names the candidates of a photograph, and one for each named twice."""
    named: dict[tuple[int, str], list[str]] = {}
    for number, face in enumerate(faces, 1):
        for candidate in face.candidates:
            if candidate.verdict is Verdict.ALERT:
                words = f"face {number}"
                faces_of = named.setdefault((candidate.subject_id, candidate.name), [])
                faces_of.extend(() if words in faces_of else (words,))
    if not named:
        return []
    told = [f"{name} ({' and '.join(where)})" for (_, name), where in named.items()]
    twice = [
        f"{label}: {' and '.join(where)} are both like {name}: one person cannot be both"
        for (_, name), where in named.items()
        if len(where) > 1
    ]
    return [f"{label}: {', '.join(told)}", *twice]
