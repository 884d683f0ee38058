"""Uploaded photographs into references, by the enrolment of the command line."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from facewarden.api.references import Enrolment, Outcome
from facewarden.capture.clean_picture import as_jpeg
from facewarden.capture.image import decode_image
from facewarden.data import NOBODY, Image, Subject
from facewarden.errors import InputError
from facewarden.pipeline.enrol import Enrolled, EnrolmentRow
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.photographs import Photograph
from facewarden.server.asking import Asker
from facewarden.server.scoped_register import ScopedRegister
from facewarden.wiring.enrolment import make_enroller

_Read = Callable[[], tuple[Image, bytes]]
_OUTCOMES = {
    Enrolled.ADDED: Outcome.ADDED,
    Enrolled.PRESENT: Outcome.PRESENT,
    Enrolled.REFUSED: Outcome.REFUSED,
}


def enrol(
    asker: Asker,
    photographs: Sequence[Photograph],
    file_of: Callable[[Path], bytes],
    watchlist: str,
    only: Subject | None = None,
    *,
    live: LiveClaim | None = None,
) -> Iterator[Enrolment]:
    """Enrol photographs on a watchlist, one row for each as it is done.

    What is kept is a picture made anew from the pixels, not the file. Models are used one
    photograph at a time, so that others get their turn in between; none is decoded meanwhile, which
    may take half a minute.

    Args:
        file_of: returns the bytes of a photograph's path.
        only: every photograph is of this subject; None: whoever the photographs name.
        live: checks that a living person was photographed, where that is claimed.

    Raises:
        ModelError: the models cannot be loaded.
    """
    context = asker.context
    eyes = context.eyes.get()

    def read(path: Path) -> tuple[Image, bytes]:
        clean = as_jpeg(context.decoder.decode(file_of(path)))
        # What is compared is what is kept: its own compression included.
        return decode_image(clean), clean

    ready: list[_Read] = []
    with context.eyes.turn:
        enroller = make_enroller(
            eyes,
            context.store,
            watchlist,
            register=ScopedRegister(asker, only),
            watchlists=asker.seen_watchlists(),
            read=lambda _: ready[-1](),
            live=live,
        )
    for photograph in photographs:
        ready[:] = [_attempt(read, photograph.path)]
        with context.eyes.turn:
            rows = list(enroller.enrol([photograph]))
        yield from (_wire(row) for row in rows)


def _attempt(read: Callable[[Path], tuple[Image, bytes]], path: Path) -> _Read:
    """Read a picture now; return what gives it, or raises what was wrong with it."""
    try:
        found = read(path)
    except InputError as error:
        return partial(_refuse, error)
    return lambda: found


def _refuse(error: InputError) -> tuple[Image, bytes]:
    raise error


def _wire(row: EnrolmentRow) -> Enrolment:
    return Enrolment(
        label=row.label[:1000],
        name=row.name,
        outcome=_OUTCOMES[row.outcome],
        reason=row.reason,
        warnings=row.warnings,
        subject_id=row.subject_id if row.subject_id != NOBODY else None,
    )
