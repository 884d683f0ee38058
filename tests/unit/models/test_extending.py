"""The example cards of docs/extend/model.md are cards."""

import json
import re
from pathlib import Path

from facewarden.models.card import read_card

PAGE = Path(__file__).parents[3] / "docs" / "extend" / "model.md"


def test_the_examples_are_valid() -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    hashes = {"sha256": "0" * 64, "source_sha256": "0" * 64}
    cards = [read_card(json.dumps({**hashes, **json.loads(one)}), PAGE) for one in examples]
    assert [card.kind for card in cards] == ["embedder", "presentation"]
    assert (cards[0].embedding_size, cards[1].looks) == (512, 5)
