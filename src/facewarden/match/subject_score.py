"""How several references of one subject make one similarity."""

from enum import StrEnum


class SubjectScore(StrEnum):
    """How a subject's several references make one similarity.

    BEST is the nearest reference: one good photograph is enough, and one wrong one is too.
    POOLED is the similarity to the mean of the references: steadier, weaker when they differ a lot.
    BOTH is the mean of the two.
    """

    BEST = "best"
    POOLED = "pooled"
    BOTH = "both"
