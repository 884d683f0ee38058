"""Who is asking: credentials of requests turned into principals."""

from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookies import Morsel
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from facewarden.access.account import Account, Session
from facewarden.access.passwords import Passwords
from facewarden.access.principal import Principal
from facewarden.access.tokens import csrf_token, parse_key, same
from facewarden.config.server import ServerSettings
from facewarden.server.limits import Limits, network
from facewarden.server.oidc import Oidc
from facewarden.server.problems import Forged, Unauthenticated
from facewarden.store.open import Store

COOKIE: Final = "facewarden_session"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110, 9.2.1."""
WEB_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who has shown a valid credential.

    Attributes:
        session: of a browser; None for a key.
        csrf: what a browser must send with a change; empty for a key.
        lacks_factor: they must add an authenticator before they may do anything else.
    """

    principal: Principal
    account: Account
    session: Session | None = None
    csrf: str = ""
    lacks_factor: bool = False


class Gatekeeper:
    """Tells who asks, and how often they may.

    Args:
        https: browsers come through TLS, so that cookies are Secure.
    """

    def __init__(
        self,
        store: Store,
        settings: ServerSettings,
        *,
        https: bool,
        passwords: Passwords | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.https = https
        self.passwords = passwords or Passwords()
        self.limits = limits or Limits()
        self.oidc = (
            Oidc(settings.oidc, settings.public_url, store)
            if settings.oidc and settings.public_url
            else None
        )
        self.lasts = timedelta(hours=settings.session.hours)
        self.idle = timedelta(minutes=settings.session.idle_minutes)

    def enter(self, connection: HTTPConnection) -> Entry:
        """Return who asks.

        Raises:
            Unauthenticated: no credential, or none that is valid any more.
            Forged: a change by cookie without the session's token, or a WebSocket that a page
                of somebody else opened.
            TooMany: more often than allowed.
        """
        self.limits.address.take(network(address_of(connection)))
        header = connection.headers.get("authorization")
        # Whoever sends a key means it: a cookie that came along does not repair a wrong one.
        entry = self._by_cookie(connection) if header is None else self._by_key(header)
        self.limits.credential.take(entry.principal.credential)
        return entry

    def entered(self, secret: str, session: Session, account: Account) -> Entry:
        """Return who asks in a session."""
        principal = self._in_session(account, f"session:{session.session_id}")
        return Entry(principal, account, session, csrf_token(secret), self.lacks_factor(account))

    def lacks_factor(self, account: Account) -> bool:
        """Tell whether somebody's role must have an authenticator that they have not added yet.

        Of who signs in with a provider, a second factor is the provider's to ask for.
        """
        required = account.role in self.settings.second_factor_for
        return required and account.has_password and not account.has_totp

    def again(self, principal: Principal) -> Principal | None:
        """Return who a stream still is for, None when it must end.

        Streams go on for hours; the credential may be revoked or the rights changed meanwhile.
        """
        kind, _, name = principal.credential.partition(":")
        if kind == "session":
            found = self.store.sessions.still(name, idle=self.idle)
            return self._in_session(found[1], principal.credential) if found else None
        valid = self.store.api_keys.valid(name)
        return valid[0].principal(valid[1]) if valid else None

    def cookie(self, secret: str) -> str:
        """Return the header that gives a browser its session."""
        return cookie_header(
            COOKIE, secret, https=self.https, same_site="Strict", lasts=self.lasts, path="/"
        )

    def no_cookie(self) -> str:
        """Return the header that takes it away."""
        return cookie_header(
            COOKIE, "", https=self.https, same_site="Strict", lasts=timedelta(0), path="/"
        )

    def _in_session(self, account: Account, credential: str) -> Principal:
        principal = account.principal(credential)
        if self.lacks_factor(account):
            return replace(principal, permissions=frozenset())
        return principal

    def _by_key(self, header: str) -> Entry:
        scheme, _, text = header.partition(" ")
        words = parse_key(text.strip()) if scheme.lower() == "bearer" else None
        found = self.store.api_keys.find(words) if words else None
        if found is None:
            raise Unauthenticated(
                "the API key is not valid", remedy="it may have ended or been revoked"
            )
        key, owner = found
        return Entry(key.principal(owner), owner)

    def _by_cookie(self, connection: HTTPConnection) -> Entry:
        secret = connection.cookies.get(COOKIE, "")
        found = self.store.sessions.find(secret, idle=self.idle) if secret else None
        if found is None:
            raise Unauthenticated("you are not signed in", remedy="sign in")
        session, account = found
        entry = self.entered(secret, session, account)
        if connection.scope["type"] == "websocket":
            self._require_own_page(connection, account.login)
        elif connection.scope["method"] not in SAFE and not same(
            connection.headers.get(CSRF_HEADER, ""), entry.csrf
        ):
            raise Forged(
                "the request does not prove that it comes from our page",
                login=account.login,
                expected=f"{CSRF_HEADER} as GET /api/v1/session says",
            )
        return entry

    def _require_own_page(self, connection: HTTPConnection, login: str) -> None:
        """Check the Origin: browsers let every page open a WebSocket anywhere (RFC 6455, 10.2).

        It is scheme, host and port (RFC 6454, 4). A page that came in clear may be somebody else's,
        on the way, also where its host is ours. The host that was asked for counts beside
        `public_url`, as the same server is opened by several names: cookies are bound to theirs.
        """
        origin = _origin(connection.headers.get("origin", ""))
        scheme = "https" if self.https else "http"
        asked = f"{scheme}://{connection.headers.get('host', '')}"
        own = {_origin(address) for address in (asked, self.settings.public_url or asked)}
        if origin is None or origin not in own:
            raise Forged(
                "this page may not open a stream here",
                login=login,
                expected="an Origin that is this server",
            )


def cookie_header(
    name: str, value: str, *, https: bool, same_site: str, lasts: timedelta, path: str
) -> str:
    """Return a Set-Cookie header: not for scripts, and Secure where browsers come through TLS."""
    morsel: Morsel[str] = Morsel()
    morsel.set(name, value, value)
    morsel["path"] = path
    morsel["max-age"] = int(lasts.total_seconds())
    morsel["httponly"] = True
    morsel["samesite"] = same_site
    if https:
        morsel["secure"] = True
    return morsel.OutputString()


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of a web address; None where it has none, as `null` has."""
    try:
        parts = urlsplit(url)
        port = parts.port or WEB_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def address_of(connection: HTTPConnection) -> str:
    """Return the address of the client; behind a trusted proxy the one that the proxy names."""
    return connection.client.host if connection.client else ""
