"""The example card of docs/extend/model.md is a card."""

import json
import re
from pathlib import Path

from facewarden.models.card import read_card

PAGE = Path(__file__).parents[3] / "docs" / "extend" / "model.md"


def test_the_example_is_valid() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    draft = {"sha256": "0" * 64, "source_sha256": "0" * 64, **json.loads(example)}
    assert read_card(json.dumps(draft), PAGE).embedding_size == 512
