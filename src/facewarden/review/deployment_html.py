"""The report of a deployment as one HTML page that needs nothing but itself."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from facewarden.api.deployments import CountedShare, DeploymentReport
from facewarden.review import figures


def render(report: DeploymentReport) -> str:
    """Return the page; times in UTC. Words of people are escaped.

    The page forbids itself every request by its content security policy.
    """
    environment = Environment(
        loader=PackageLoader("facewarden.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": figures.count,
        "span": figures.span,
        "moment": lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC",
        "share": _share,
        "seconds": lambda value: figures.NO_DATA if value is None else figures.latency(value),
    }
    return environment.get_template("deployment.html").render(report=report)


def _share(counted: CountedShare) -> str:
    if counted.value is None or counted.low is None or counted.high is None:
        return figures.NO_DATA
    return (
        f"{figures.share(counted.value)} ({figures.share(counted.low)} to "
        f"{figures.share(counted.high)}; {counted.events:,} of {counted.trials:,})"
    )
