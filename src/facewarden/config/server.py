"""The `server` section: where the dashboard and the REST interface are reached, and by whom."""

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from facewarden.config.secret import Secret
from facewarden.config.section import FilePath, HostName, Label, Section, expectation

PORT = 8710
RoleName = Literal["viewer", "operator", "supervisor", "administrator", "auditor"]


def is_this_machine(host: str) -> bool:
    """Tell whether a host is only reached from the machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        raise expectation("an address such as https://host", "text that is not") from None
    host = parts.hostname or ""
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))
    if not (host and plain and secure and port_is_number and text.isprintable()):
        # Not shown: what stands in the wrong place may be a password.
        raise expectation(
            "https://host/path (http only for this machine itself), without a login",
            "text that is not",
        )
    return text.rstrip("/")


WebAddress = Annotated[str, Field(max_length=500), AfterValidator(_web_address)]


class SessionSettings(Section):
    """How long somebody stays signed in."""

    hours: Annotated[float, Field(gt=0, le=24)] = Field(
        default=12.0,
        description="Largest number of hours until somebody signs in again, however busy they are. "
        "A shift; NIST SP 800-63B-4, 2.2.3 allows 24.",
    )
    idle_minutes: Annotated[float, Field(gt=0, le=1440)] = Field(
        default=60.0,
        description="A session ends after this number of minutes without a request. NIST SP "
        "800-63B-4, 2.2.3 allows 60.",
    )


class OidcRoleSettings(Section):
    """What a value of the provider's claim means here."""

    value: Label = Field(description="The value, such as the name of a group.")
    role: RoleName = Field(description="What somebody with it works as.")
    watchlists: tuple[Label, ...] | None = Field(
        default=None, description="Watchlists that they are limited to; empty: all."
    )
    camera_groups: tuple[str, ...] | None = Field(
        default=None, description="Camera groups that they are limited to; empty: all."
    )


class OidcSettings(Section):
    """Signing in with a provider of OpenID Connect."""

    issuer: WebAddress = Field(
        description="The provider, as it calls itself; its configuration stands below "
        "/.well-known/openid-configuration."
    )
    client_id: Label = Field(description="What the provider calls this facewarden.")
    client_secret: Secret | None = Field(
        default=None, description="What the provider gave with it; empty for a public client."
    )
    label: Label = Field(default="single sign-on", description="What the button says.")
    scopes: tuple[Label, ...] = Field(
        default=("openid", "profile"), description="What is asked of the provider."
    )
    login_claim: Label = Field(
        default="preferred_username", description="Claim that holds the login."
    )
    role_claim: Label = Field(
        default="groups",
        description="Claim that holds the groups or roles, text or a list; dots lead into objects.",
    )
    roles: tuple[OidcRoleSettings, ...] = Field(
        min_length=1,
        description="What its values mean; the first that somebody has counts. Who has none does "
        "not get in.",
    )

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if "openid" not in self.scopes:
            raise expectation("openid among the scopes", ", ".join(self.scopes) or "none")
        for entry in self.roles:
            limited = entry.watchlists is not None or entry.camera_groups is not None
            if entry.role == "administrator" and limited:
                raise expectation("an administrator without limits", "watchlists or camera_groups")
        return self


class ServerSettings(Section):
    """Where the dashboard and the REST interface are reached, and how people sign in."""

    host: HostName = Field(
        default="127.0.0.1",
        description="Address to listen on. Another than this machine's own needs TLS or a proxy.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=PORT, description="The number of the port to listen on; 0 takes a free one."
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Where browsers reach it, when that is another address than host and port. "
        "With https, cookies are Secure.",
    )
    tls_certificate: FilePath | None = Field(
        default=None, description="Certificate chain in PEM; with it, browsers come by https."
    )
    tls_key: FilePath | None = Field(default=None, description="Its private key in PEM.")
    trusted_proxies: tuple[HostName, ...] = Field(
        default=(),
        description="Addresses of proxies that speak TLS with browsers; what they say of a "
        "client's address is believed.",
    )
    recordings: tuple[FilePath, ...] = Field(
        default=(),
        description="Folders below which a camera that is set up in the browser or through REST "
        "may be a recording or a folder of pictures, and may have its ca_file. Empty: it may read "
        "no file of this machine.",
    )
    session: SessionSettings = Field(
        default=SessionSettings(), description="How long somebody stays signed in."
    )
    second_factor_for: tuple[RoleName, ...] = Field(
        default=(),
        description="Roles that must have an authenticator (TOTP) beside their password: who signs "
        "in without one can do nothing but add it. Empty: everybody may, nobody must.",
    )
    oidc: OidcSettings | None = Field(
        default=None,
        description="Signing in with a provider of OpenID Connect; empty: with passwords only.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise expectation("tls_certificate and tls_key", "one of them")
        if self.oidc is not None and self.public_url is None:
            raise expectation("public_url beside oidc: the provider sends browsers there", "none")
        return self

    @property
    def https(self) -> bool:
        """Whether browsers reach this server through TLS."""
        if self.public_url is not None:
            return self.public_url.startswith("https:")
        return self.tls_certificate is not None or bool(self.trusted_proxies)
