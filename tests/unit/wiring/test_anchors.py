"""Which alerts may become anchors."""

import pytest

from facewarden.config.settings import Settings
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.wiring.anchors import too_like_for_an_anchor
from unit.store.making import an_alert


@pytest.mark.models
def test_what_hardly_shows_somebody_else_follows_from_the_calibration(
    embedder: OnnxEmbedder,
) -> None:
    known = an_alert(looks_model_id=embedder.model_id)
    limit = too_like_for_an_anchor(Settings(), known)
    assert limit == pytest.approx(embedder.similarity_at(1e-6) + 0.05, abs=5e-3)
    unknown = an_alert(looks_model_id="never-heard-of", threshold=0.4)
    assert too_like_for_an_anchor(Settings(), unknown) == pytest.approx(0.5)
