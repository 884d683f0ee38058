"""Tells which alerts may not become negative anchors."""

from facewarden.config.settings import Settings
from facewarden.data import Alert
from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models.registry import Registry
from facewarden.wiring.route import make_rule

RARE_FMR = 1e-6

TOO_LIKE = 0.05
"""An alert by so much above the similarity at RARE_FMR is hardly of somebody else. Of a subject's
own alerts at a rate of 3e-5, rejected by mistake, 91 % are, which do 95 % of the harm; of the 78
false alerts none is (2026-11-22, lfw-dev, `scripts/bench anchors`)."""


def too_like_for_an_anchor(settings: Settings, alert: Alert) -> float:
    """Return the similarity from which an alert shows its subject, whoever rejects it.

    That of the card's calibration at a false match rate of 1e-6, and TOO_LIKE more; where there is
    none, what the alert needed, and the lead from which a decision is sure.
    """
    try:
        card, _ = Registry(settings.models.cache_dir).get(alert.looks_model_id)
        kinds = {(point.engine, point.precision) for point in card.calibration}
        known = [card.similarity_at(RARE_FMR, *kind) for kind in kinds]
    except (ModelMissing, ModelRefused):
        known = []
    if known:
        return max(known) + TOO_LIKE
    return alert.threshold + make_rule(settings).sure_above
