"""The report as one HTML page that needs nothing but itself."""

from datetime import tzinfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from facewarden.review import figures, plots
from facewarden.review.latency import steps
from facewarden.review.report import Report


def render(report: Report, zone: tzinfo | None = None) -> str:
    """Return the page; times in `zone`, that of this machine if None.

    Names come from configuration and are escaped. The page forbids itself every request by its
    content security policy; its pictures are drawn into it.
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
        "latency": figures.latency,
        "share": figures.share,
    }
    # matplotlib has escaped every text in what it drew.
    return environment.get_template("report.html").render(
        report=report,
        since=figures.moment(report.since, zone),
        until=figures.moment(report.until, zone),
        made_at=figures.moment(report.made_at, zone),
        steps=steps,
        expected=figures.expected,
        alerts_plot=Markup(plots.alerts(report)),  # noqa: S704
        latency_plot=Markup(plots.latencies(report)),  # noqa: S704
    )
