"""Signing in with a provider of OpenID Connect."""

from pydantic import Field

from facewarden.api.wire import Wire


class OidcOffer(Wire):
    """Whether one can sign in with a provider."""

    offered: bool = Field(description="Go to /api/v1/oidc/begin with the browser.")
    label: str = Field(description="What the button says; empty when it is not offered.")
