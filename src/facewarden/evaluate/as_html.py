"""An evaluation as one HTML page that needs nothing but itself."""

import base64

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from facewarden.evaluate.report import EvaluationReport, Plot
from facewarden.evaluate.wording import written
from facewarden.svg import svg


def render(report: EvaluationReport) -> str:
    """Return the page; it forbids itself every request by its content security policy."""
    environment = Environment(
        loader=PackageLoader("facewarden.evaluate", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("evaluation.html").render(
        report=report,
        written=written,
        # matplotlib has escaped every text in what it drew.
        plots=[(plot.title, Markup(_drawn(plot))) for plot in report.plots],  # noqa: S704
        pictures=[
            (picture, base64.b64encode(picture.png).decode("ascii")) for picture in report.pictures
        ],
    )


def _drawn(plot: Plot) -> str:
    figure = Figure(figsize=(7.6, 4.2), layout="constrained")
    axes = figure.subplots()
    plot.draw(axes)
    return svg(figure, axes, plot.title, grid="both")
