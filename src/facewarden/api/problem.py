"""What the server answers when it cannot do what was asked."""

from pydantic import Field

from facewarden.api.wire import Wire


class Detail(Wire):
    """One thing that is wrong with a request."""

    where: str = Field(description="The member, parameter or header, such as body.name.")
    what: str = Field(description="What is wrong with it.")


class Problem(Wire):
    """A problem as RFC 9457 has it, with what was expected, what was found and what to do."""

    type: str = Field(
        default="about:blank",
        description="Names the kind of problem; about:blank: the status says it all.",
        examples=["urn:facewarden:problem:not-found"],
    )
    title: str = Field(description="The kind of problem in words.", examples=["not found"])
    status: int = Field(ge=400, le=599, description="The HTTP status.", examples=[404])
    detail: str = Field(default="", description="What went wrong this time.")
    expected: str = Field(default="", description="What would have been right.")
    found: str = Field(default="", description="What was there instead.")
    remedy: str = Field(default="", description="What can be done about it.")
    problems: tuple[Detail, ...] = Field(
        default=(), description="Where several things are wrong with a request: each of them."
    )
