"""Why the figures of a run may say little, in sentences."""

from collections.abc import Mapping

FEW = 5
"""People in a part below which it is told: one of four is a quarter of every figure by person."""


def doubts_of(people: Mapping[str, int], development_auc: float) -> tuple[str, ...]:
    """Return what a reader of the figures must know, one sentence each.

    Args:
        people: how many there are, by the name of the part: train, development, test.
        development_auc: area under the ROC of the development people; below 0 if never judged.
    """
    told = [
        f"the part {part} shows {count} {'person' if count == 1 else 'people'}: "
        f"figures of fewer than {FEW} may be chance"
        for part, count in people.items()
        if count < FEW
    ]
    if 0 <= development_auc < 0.5:
        told.append(
            f"the area under the ROC of the development people is {development_auc:.2f}, below "
            "one half: attacks look more alive to the network than people do"
        )
    return tuple(told)
