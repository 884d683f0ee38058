"""Searching: who on the watchlists the faces of a photograph are like."""

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from facewarden.access.principal import Permission
from facewarden.api.problem import Problem
from facewarden.api.search import Candidate, Found, FoundFace, Judgement, Search
from facewarden.capture.clean_picture import as_jpeg, fitted
from facewarden.data import Image, Verdict
from facewarden.data.lookup import Authority
from facewarden.pipeline.identify import StillFace, identify
from facewarden.server.asking import Asker, may
from facewarden.server.problems import Unprocessable
from facewarden.server.uploads import body_of
from facewarden.wiring.eyes import make_examiner
from facewarden.wiring.route import make_rule

router = APIRouter(prefix="/api/v1/search", tags=["search"])

Searcher = Annotated[Asker, may(Permission.LOOKUP_RUN)]
THUMBNAIL_PX = 160
"""Enough to tell later who was searched for, without being a photograph to search with again."""
QUERY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Search"}}},
    }
}
_JUDGEMENTS = {
    Verdict.ALERT: Judgement.CANDIDATE,
    Verdict.TOO_CLOSE: Judgement.TOO_CLOSE,
    Verdict.BELOW_THRESHOLD: Judgement.BELOW_THRESHOLD,
}


@router.post("", openapi_extra=QUERY, responses={404: {"model": Problem}})
async def search(asker: Searcher, request: Request) -> Found:
    """Search the watchlists for the faces of a photograph.

    The search is written into the audit log, with a thumbnail, before it is answered; GET
    /api/v1/lookups/ID returns its result again. Purpose and legal basis stand in the body:
    addresses end up in the logs of proxies.
    """
    # Read here and not by FastAPI, which reads before it looks who asks.
    data = await body_of(request, asker.who)
    try:
        asked = await run_sync(Search.model_validate_json, data)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from None
    return await asker.context.decoder.beside(lambda: _search(asker, asked))


def _search(asker: Asker, asked: Search) -> Found:
    context = asker.context
    for name in asked.watchlists:
        asker.require_watchlist(name)
    names = sorted(set(asked.watchlists)) or asker.seen_watchlists()
    if not names:
        raise Unprocessable("there is no watchlist to search")
    image = context.decoder.decode(asked.image)
    eyes = context.eyes.get()
    # Written down before it is answered: a search that fails was a search all the same.
    begun = context.store.lookups.begin(
        Authority(asked.reference, asked.purpose, asked.legal_basis, asked.urgent),
        asker.who.login,
        watchlists=names,
        image=asked.image,
        thumbnail=as_jpeg(fitted(image, THUMBNAIL_PX), 80),
        user_id=asker.who.user_id,
    )
    with context.eyes.turn:
        roster = context.eyes.roster(names)
        faces = identify(
            image,
            make_examiner(eyes),
            roster,
            make_rule(context.settings),
            asker.now(),
            asked.top,
        )
    # A subject may also be on lists that were not searched: those are not told.
    found = _found(begun.lookup_id, image, names, faces)
    context.store.lookups.finish(begun.lookup_id, _kept(found))
    return found


def _found(lookup_id: int, image: Image, names: list[str], faces: list[StillFace]) -> Found:
    return Found(
        lookup_id=lookup_id,
        width_px=image.shape[1],
        height_px=image.shape[0],
        watchlists=tuple(names),
        faces=tuple(
            FoundFace(
                box=face.box,
                quality=face.quality,
                candidates=tuple(
                    Candidate(
                        subject_id=one.subject_id,
                        name=one.name,
                        external_reference=one.external_reference,
                        watchlist=one.watchlist,
                        similarity=one.similarity,
                        threshold=one.threshold,
                        judgement=_JUDGEMENTS.get(one.verdict, Judgement.BELOW_THRESHOLD),
                    )
                    for one in face.candidates
                    if one.watchlist in names
                ),
            )
            for face in faces
        ),
    )


def _kept(found: Found) -> dict[str, object]:
    """Return what is kept of a result: no names, a subject may be removed for good."""
    plain: dict[str, object] = found.model_dump(
        mode="json",
        exclude={"faces": {"__all__": {"candidates": {"__all__": {"name", "external_reference"}}}}},
    )
    return plain
