"""References: the photographs themselves, and archives of them."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from facewarden.access.principal import Permission
from facewarden.api.jobs import Job
from facewarden.api.problem import Problem
from facewarden.api.references import Reference
from facewarden.api.words import LINE, Id, Line, WatchlistName
from facewarden.capture.clean_picture import as_jpeg
from facewarden.data import SubjectDetails
from facewarden.server.archive import Archive
from facewarden.server.asking import Asker, may, require_all_lists
from facewarden.server.enrolling import enrol
from facewarden.server.etag import IfMatch, require_match, tagged
from facewarden.server.idempotent import OnceDep
from facewarden.server.jobs import Progress
from facewarden.server.subject_wire import reference_wire
from facewarden.server.uploads import ARCHIVE, Live, spool_of
from facewarden.store.references import StoredReference

router = APIRouter(prefix="/api/v1/references", tags=["references"])

Reader = Annotated[Asker, may(Permission.SUBJECT_READ)]
Writer = Annotated[Asker, may(Permission.SUBJECT_WRITE)]
FACE_BOX = "X-Face-Box"
JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The photograph.",
        "headers": {
            FACE_BOX: {
                "description": "x1,y1,x2,y2 in px of this picture: the face that was compared; may "
                "reach beyond its edge. Absent where it is not known.",
                "schema": {"type": "string", "pattern": r"^-?\d+(,-?\d+){3}$"},
            }
        },
    }
}


@router.post(
    "/import",
    status_code=202,
    openapi_extra=ARCHIVE,
    responses={404: {"model": Problem}},
)
async def import_references(
    asker: Writer,
    once: OnceDep,
    request: Request,
    watchlist: Annotated[WatchlistName, Query(description="That they are placed on.")],
    category: Annotated[Line, Query(max_length=LINE)] = "",
    legal_basis: Annotated[Line, Query(max_length=LINE)] = "",
    authorised_by: Annotated[Line, Query(max_length=LINE)] = "",
    *,
    live: Live = False,
) -> Job:
    """Enrol an archive of photographs; the job tells what became of each."""
    await run_sync(asker.require_watchlist, watchlist)
    spool = await spool_of(request, asker.who, asker.context.spools)
    defaults = SubjectDetails(
        "", category=category, legal_basis=legal_basis, authorised_by=authorised_by
    )

    def make() -> Job:
        archive = Archive(spool)
        photographs = archive.photographs(defaults)
        claim = asker.context.eyes.live_claim() if live else None

        def work(progress: Progress) -> None:
            progress.total = len(photographs)
            rows = enrol(
                asker, photographs, lambda path: archive.read(str(path)), watchlist, live=claim
            )
            for row in rows:
                progress.add(row)

        submitted.append(
            asker.context.jobs.submit(
                "enrolment", asker.who.user_id, watchlist, work, ended=spool.close
            )
        )
        return submitted[0]

    submitted: list[Job] = []
    try:
        return await run_sync(lambda: once(asker.who.user_id, spool.digest, Job, make))
    finally:
        if not submitted:  # refused, or asked for before
            spool.close()


@router.get("/{reference_id}")
def get_reference(asker: Reader, reference_id: Id, response: Response) -> Reference:
    """Return what is known of a photograph."""
    found = reference_wire(asker.require_reference(reference_id))
    tagged(response, found)
    return found


@router.delete("/{reference_id}", status_code=204)
def remove_reference(asker: Writer, reference_id: Id, if_match: IfMatch = None) -> None:
    """Remove a photograph and its templates, for good; its subject stays."""
    with asker.context.editing:
        found = asker.require_reference(reference_id)
        require_match(if_match, reference_wire(found))
        require_all_lists(asker, asker.require_subject(found.subject_id))
        asker.context.store.watchlists.remove_reference(reference_id, of=found.subject_id)


@router.get("/{reference_id}/image", response_class=Response, responses=JPEG)
async def get_image(asker: Reader, reference_id: Id) -> Response:
    """Return the photograph as a JPEG; that it was read is audited."""

    def read() -> Response:
        return picture(asker, asker.require_reference(reference_id))

    return await asker.context.decoder.beside(read)


def picture(asker: Asker, found: StoredReference) -> Response:
    """Return a photograph that somebody may see as a JPEG, and where in it the enrolled face is."""
    data = asker.context.store.watchlists.reference_image(found.reference_id)
    # What was enrolled at the console is a file as it was given: it is not sent on as it is.
    image = asker.context.decoder.decode(data)
    answer = Response(as_jpeg(image), media_type="image/jpeg")
    if found.box is not None:
        height_px, width_px = image.shape[:2]
        sides = (width_px, height_px, width_px, height_px)
        shares = zip(found.box, sides, strict=True)
        answer.headers[FACE_BOX] = ",".join(str(round(share * side)) for share, side in shares)
    return answer
