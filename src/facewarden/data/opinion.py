"""What a second model says of a track and one subject."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opinion:
    """The second opinion on one subject.

    Attributes:
        model_id: of the second embedder.
        similarity: by the second model, cosine in [-1, 1]; 0 until it is `heard`.
        looks: of the track that the second model has seen.
        waiting: it was asked and has not answered yet.
        problem: why there is none, in words; empty where there is one.
        first: the first model's similarity, once a decision was made with both.
    """

    model_id: str
    similarity: float = 0.0
    looks: int = 0
    waiting: bool = False
    problem: str = ""
    first: float = 0.0

    @property
    def heard(self) -> bool:
        """Whether there is an answer."""
        return not self.waiting and not self.problem
