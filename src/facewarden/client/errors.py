"""What can go wrong between a client and its server.

ClientError (FacewardenError)
├── Unreachable      nobody answered
└── Refused          the server answered with a problem; `problem` is all of it
    ├── NotSignedIn  401: no valid key
    ├── NotAllowed   403: a right is missing
    ├── Absent       404: no such thing, or not yours to see
    ├── InTheWay     409: the state of the thing does not allow it
    ├── Changed      412, 428: somebody has changed it since it was read
    ├── Wrong        413, 422: what was sent cannot be taken
    ├── TooOften     429: slower
    └── Failed       5xx: the server's fault, or something that it needs is not there
"""

from http import HTTPStatus
from typing import Final

from facewarden.api.problem import Problem
from facewarden.errors import FacewardenError


class ClientError(FacewardenError):
    """Something went wrong between client and server."""


class Unreachable(ClientError):
    """Nobody answered."""


class Refused(ClientError):
    """The server answered with a problem.

    Attributes:
        problem: what it said.
    """

    def __init__(self, problem: Problem) -> None:
        parts = [problem.detail or problem.title]
        parts += [f"{one.where}: {one.what}" for one in problem.problems]
        super().__init__(
            "; ".join(parts),
            expected=problem.expected,
            found=problem.found,
            remedy=problem.remedy,
        )
        self.problem = problem


class NotSignedIn(Refused):
    """No valid key."""


class NotAllowed(Refused):
    """A right is missing."""


class Absent(Refused):
    """No such thing, or not yours to see."""


class InTheWay(Refused):
    """The state of the thing does not allow it."""


class Changed(Refused):
    """Somebody has changed it since it was read."""


class Wrong(Refused):
    """What was sent cannot be taken."""


class TooOften(Refused):
    """Slower."""


class Failed(Refused):
    """The server's fault, or something that it needs is not there."""


_KINDS: Final[dict[int, type[Refused]]] = {
    HTTPStatus.UNAUTHORIZED: NotSignedIn,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.NOT_FOUND: Absent,
    HTTPStatus.CONFLICT: InTheWay,
    HTTPStatus.PRECONDITION_FAILED: Changed,
    HTTPStatus.PRECONDITION_REQUIRED: Changed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Wrong,
    HTTPStatus.UNPROCESSABLE_ENTITY: Wrong,
    HTTPStatus.TOO_MANY_REQUESTS: TooOften,
}


def refused(problem: Problem) -> Refused:
    """Return the error of a problem."""
    usual = Failed if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused
    return _KINDS.get(problem.status, usual)(problem)
