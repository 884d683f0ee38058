"""Signing in and out, and what is one's own: sessions, password, authenticator."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from facewarden.access.account import Account
from facewarden.access.passwords import require_password
from facewarden.access.totp import new_totp_secret, qr_svg, totp_uri
from facewarden.api.session import (
    Accepted,
    CodeNeeded,
    Credentials,
    OwnSession,
    OwnSessions,
    PasswordAgain,
    PasswordChange,
    RecoveryCodes,
    SessionState,
    TotpCode,
    TotpProposal,
)
from facewarden.server.gatekeeper import Entry, Gatekeeper, address_of, cookie_header
from facewarden.server.known_browsers import CARRIED, LASTS, PATH
from facewarden.server.principal import CurrentPerson, GatekeeperDep, for_strangers
from facewarden.server.problems import Conflict, NotFound, Unauthenticated, Unprocessable
from facewarden.server.sign_in import SignIn

router = APIRouter(prefix="/api/v1/session", tags=["session"])

SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0123456789abcdef"])]


@router.post(
    "",
    response_model=SessionState,
    dependencies=[for_strangers],
    responses={202: {"model": CodeNeeded, "description": "A code is needed, too."}},
)
def sign_in(
    gatekeeper: GatekeeperDep, request: Request, response: Response, given: Credentials
) -> SessionState | Response:
    """Sign in; the cookie is the credential from then on."""
    signing = SignIn(gatekeeper.store, gatekeeper.passwords)
    carried = request.cookies.get(CARRIED, "")
    found = signing.check(given.login, given.password, given.code, address_of(request), carried)
    if found is None:
        return Response(
            CodeNeeded().model_dump_json(),
            status_code=HTTPStatus.ACCEPTED,
            media_type="application/json",
        )
    state = begin(gatekeeper, request, response, *found)
    known = cookie_header(
        CARRIED,
        signing.known(found[0], carried),
        https=gatekeeper.https,
        same_site="Strict",
        lasts=LASTS,
        path=PATH,
    )
    response.headers.append("Set-Cookie", known)
    return state


@router.get("")
def read_session(gatekeeper: GatekeeperDep, person: CurrentPerson) -> SessionState:
    """Tell who is signed in, what they may do, and what proves that a change comes from them."""
    return state_of(gatekeeper, person)


@router.delete("", status_code=204)
def sign_out(gatekeeper: GatekeeperDep, person: CurrentPerson, response: Response) -> None:
    """End this session."""
    if person.session is not None:
        gatekeeper.store.sessions.end(
            person.session.session_id, person.account.user_id, actor=person.account.login
        )
    response.headers["Set-Cookie"] = gatekeeper.no_cookie()


@router.get("/all")
def read_sessions(gatekeeper: GatekeeperDep, person: CurrentPerson) -> OwnSessions:
    """List one's sessions, the one used last first."""
    current = person.session.session_id if person.session else ""
    return OwnSessions(
        items=tuple(
            OwnSession(
                session_id=one.session_id,
                address=one.address,
                agent=one.agent,
                created_at=one.created_at,
                used_at=one.used_at,
                expires_at=one.expires_at,
                current=one.session_id == current,
            )
            for one in gatekeeper.store.sessions.of(person.account.user_id, idle=gatekeeper.idle)
        )
    )


@router.delete("/all/{session_id}", status_code=204)
def end_session(gatekeeper: GatekeeperDep, person: CurrentPerson, session_id: SessionId) -> None:
    """End one of one's sessions, such as that of a tablet left behind."""
    account = person.account
    if not gatekeeper.store.sessions.end(session_id, account.user_id, actor=account.login):
        raise NotFound


@router.post("/invitation", status_code=204, dependencies=[for_strangers])
def accept_invitation(gatekeeper: GatekeeperDep, given: Accepted) -> None:
    """Set a password by the one-time token of an invitation, then sign in."""
    invitations = gatekeeper.store.invitations
    wrong = Unauthenticated(
        "the invitation is wrong, too old or was taken up", remedy="ask for a new one"
    )
    invited = invitations.invited(given.token)
    if invited is None:
        raise wrong
    require_password(invited.login, given.password)
    if invitations.take(given.token, gatekeeper.passwords.hashed(given.password)) is None:
        raise wrong


@router.post("/password")
def change_password(
    gatekeeper: GatekeeperDep,
    person: CurrentPerson,
    request: Request,
    response: Response,
    given: PasswordChange,
) -> SessionState:
    """Change one's password; every session ends, a new one begins."""
    account = _local(person.account)
    SignIn(gatekeeper.store, gatekeeper.passwords).confirm(account, given.current)
    require_password(account.login, given.new)
    kept = gatekeeper.passwords.hashed(given.new)
    gatekeeper.store.people.set_password(account.user_id, kept, actor=account.login)
    return begin(gatekeeper, request, response, account, "password change")


@router.post("/totp")
def propose_totp(
    gatekeeper: GatekeeperDep, person: CurrentPerson, given: PasswordAgain
) -> TotpProposal:
    """Propose an authenticator; it counts once a code of it was sent."""
    account = _local(person.account)
    _confirm(gatekeeper, account, given)
    secret = new_totp_secret()
    gatekeeper.store.second_factors.propose(account.user_id, secret)
    uri = totp_uri(secret, account.login)
    return TotpProposal(secret=secret, uri=uri, qr_svg=qr_svg(uri))


@router.post("/totp/confirm")
def confirm_totp(
    gatekeeper: GatekeeperDep, person: CurrentPerson, given: TotpCode
) -> RecoveryCodes:
    """Turn the proposed authenticator on; the recovery codes are shown this once."""
    account = _local(person.account)
    codes = gatekeeper.store.second_factors.confirm(
        account.user_id, given.code, actor=account.login
    )
    if codes is None:
        raise Unprocessable(
            "the code is wrong",
            remedy="check the clock of the phone; ask for a new authenticator if there is none",
        )
    return RecoveryCodes(codes=tuple(codes))


@router.post("/totp/remove", status_code=204)
def remove_totp(gatekeeper: GatekeeperDep, person: CurrentPerson, given: PasswordAgain) -> None:
    """Turn the authenticator off."""
    account = _local(person.account)
    if not account.has_totp:
        raise Conflict("there is no authenticator")
    if account.role in gatekeeper.settings.second_factor_for:
        raise Conflict(
            "your role must have an authenticator", remedy="renew it, if the phone is another"
        )
    _confirm(gatekeeper, account, given)
    gatekeeper.store.second_factors.remove(account.user_id, actor=account.login)


def begin(
    gatekeeper: Gatekeeper, request: Request, response: Response, account: Account, how: str
) -> SessionState:
    """Begin a session and give the browser its cookie."""
    entry = begin_entry(gatekeeper, request, response, account, how)
    return state_of(gatekeeper, entry)


def begin_entry(
    gatekeeper: Gatekeeper, request: Request, response: Response, account: Account, how: str
) -> Entry:
    """Begin a session, and put its cookie into the response."""
    secret, session = gatekeeper.store.sessions.begin(
        account.user_id,
        lasts=gatekeeper.lasts,
        address=address_of(request),
        agent=request.headers.get("user-agent", ""),
        how=how,
    )
    response.headers["Set-Cookie"] = gatekeeper.cookie(secret)
    return gatekeeper.entered(secret, session, account)


def state_of(gatekeeper: Gatekeeper, entry: Entry) -> SessionState:
    """Return what a page must know of who is signed in."""
    principal, account, session = entry.principal, entry.account, entry.session
    if session is None:
        raise TypeError("only sessions have a state")
    return SessionState(
        session_id=session.session_id,
        user_id=principal.user_id,
        login=principal.login,
        role=principal.role,
        permissions=tuple(sorted(principal.permissions)),
        watchlists=principal.scope.watchlists,
        camera_groups=principal.scope.camera_groups,
        csrf_token=entry.csrf,
        has_password=account.has_password,
        has_totp=account.has_totp,
        must_add_totp=entry.lacks_factor,
        recovery_codes_left=gatekeeper.store.second_factors.codes_left(principal.user_id),
        expires_at=session.expires_at,
    )


def _local(account: Account) -> Account:
    if not account.has_password:
        raise Conflict(
            "this account has no password here",
            remedy="the provider that you sign in with has it",
        )
    return account


def _confirm(gatekeeper: Gatekeeper, account: Account, given: PasswordAgain) -> None:
    signing = SignIn(gatekeeper.store, gatekeeper.passwords)
    signing.confirm(account, given.password)
    if account.has_totp:
        signing.confirm_code(account, given.code)
