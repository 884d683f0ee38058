"""Which negative anchor a probe is nearest to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from facewarden.data import Anchor, AnchorMatch, Float32, Templates


class NegativeAnchors:
    """The faces that humans told apart from the subjects looked for; never changed once built."""

    def __init__(self, anchors: Sequence[Anchor] = (), model_id: str = "") -> None:
        self._model_id = model_id
        by_subject: dict[int, list[Anchor]] = defaultdict(list)
        for anchor in anchors:
            by_subject[anchor.subject_id].append(anchor)
        self._of: dict[int, tuple[Float32, list[tuple[str, datetime]]]] = {
            subject_id: (
                np.stack([anchor.template for anchor in theirs]),
                [(anchor.alert_id, anchor.rejected_at) for anchor in theirs],
            )
            for subject_id, theirs in by_subject.items()
        }

    def __len__(self) -> int:
        return sum(len(rejections) for _, rejections in self._of.values())

    def nearest(self, probe: Templates, subject_ids: Iterable[int]) -> dict[int, AnchorMatch]:
        """Return, for each of these subjects that has any, the anchor nearest to a (1, d) probe.

        Raises:
            DataError: a probe of another model, where one of the subjects has an anchor.
        """
        found = {}
        for subject_id in subject_ids:
            if subject_id not in self._of:
                continue
            probe.require_model(self._model_id)
            templates, rejections = self._of[subject_id]
            similarity = templates @ probe.vectors[0]
            best = int(np.argmax(similarity))
            found[subject_id] = AnchorMatch(
                float(np.clip(similarity[best], -1, 1)), *rejections[best]
            )
        return found
