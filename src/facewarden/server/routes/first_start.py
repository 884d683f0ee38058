"""The first administrator, made with the token of the console."""

from fastapi import APIRouter

from facewarden.access.passwords import require_password
from facewarden.api.session import FirstAdministrator, FirstStart
from facewarden.server.principal import GatekeeperDep, for_strangers
from facewarden.server.problems import Conflict, Unauthenticated

router = APIRouter(prefix="/api/v1/first-start", tags=["session"], dependencies=[for_strangers])


@router.get("")
def read_first_start(gatekeeper: GatekeeperDep) -> FirstStart:
    """Tell whether the first administrator is still to be made."""
    return FirstStart(needed=gatekeeper.store.people.empty())


@router.post("", status_code=204)
def make_first_administrator(gatekeeper: GatekeeperDep, given: FirstAdministrator) -> None:
    """Make the first administrator, who then signs in; never again afterwards."""
    invitations = gatekeeper.store.invitations
    if not gatekeeper.store.people.empty():
        raise Conflict("the first start is over", remedy="sign in, or ask an administrator")
    wrong = Unauthenticated(
        "the token is wrong or too old", remedy="facewarden serve prints a new one when it starts"
    )
    # Hashing is expensive; it is only done for who has the token.
    if not invitations.is_first_start(given.token):
        raise wrong
    require_password(given.login, given.password)
    kept = gatekeeper.passwords.hashed(given.password)
    if invitations.take_first_start(given.token, given.login, kept) is None:
        raise wrong
