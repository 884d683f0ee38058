"""Every error that facewarden raises on purpose.

    FacewardenError
    ├── DataError             a core type was built from values that do not fit together
    ├── ConfigError           settings are unknown, out of range or contradictory
    ├── ModelError
    │   ├── ModelMissing      the file or its card is not in the model cache
    │   └── ModelRefused      wrong hash, or a card that does not fit the file
    ├── InputError
    │   ├── AddressRefused    a camera or recording address that is not allowed
    │   ├── ImageRefused      a still image that cannot or must not be decoded
    │   ├── SourceFailed      a recording or stream that cannot be opened or read
    │   └── EnrolmentRefused  a photograph that cannot become a reference
    ├── StoreError
    │   ├── StoreBusy         another process holds what we need
    │   │   └── StoreUnreachable  the database server does not answer
    │   ├── StoreFull         the disk is full
    │   ├── StoreStale        somebody else has changed it since it was read
    │   ├── StoreVersion      the store was written by another version
    │   └── KeyRefused        the key is missing, unreadable, too open or wrong
    ├── SinkError
    │   ├── SinkUnavailable   nobody answered: try again later
    │   └── PayloadRejected   the sink answered and refused this alert
    └── TrainingDiverged      the loss of a training is no number, or grew too much

The command line prints an error in one line (ConfigError: one per problem) and exits with
`exit_code`.
"""

from facewarden.text import shown


class FacewardenError(Exception):
    """What went wrong, what was expected, what was found, and what the user can do."""

    exit_code = 1

    def __init__(self, what: str, *, expected: str = "", found: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        """Join the parts that are present into one line that is safe to print."""
        contrast = ", ".join(
            f"{word} {text}"
            for word, text in (("expected", self.expected), ("found", self.found))
            if text
        )
        parts = [self.what + (f": {contrast}" if contrast else "")]
        if self.remedy:
            parts.append(self.remedy)
        return shown("; ".join(parts))


class DataError(FacewardenError, ValueError):
    """A core type was built from values that do not fit together."""


class ConfigError(FacewardenError):
    """Settings are unknown, out of range or contradictory; printed with one line per problem.

    Attributes:
        problems: one line of text for each thing that is wrong; at least one.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        expected: str = "",
        found: str = "",
        remedy: str = "",
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, expected=expected, found=found, remedy=remedy)
        self.problems = tuple(shown(line) for line in problems or (super().__str__(),))

    def __str__(self) -> str:
        """Give one line per problem."""
        return "\n".join(self.problems)


class ModelError(FacewardenError):
    """A model cannot be used."""

    exit_code = 3


class ModelMissing(ModelError):
    """The file or its card is not in the model cache."""


class ModelRefused(ModelError):
    """The file does not have the hash of its card, or the card does not fit the file."""


class InputError(FacewardenError):
    """An address, image or video cannot be taken in."""

    exit_code = 4


class AddressRefused(InputError):
    """A camera or recording address that is not allowed."""


class ImageRefused(InputError):
    """A still image that cannot or must not be decoded."""


class SourceFailed(InputError):
    """A recording or stream that cannot be opened or read."""


class EnrolmentRefused(InputError):
    """A photograph that cannot become a reference."""


class StoreError(FacewardenError):
    """The store cannot be opened, read or written."""

    exit_code = 5


class StoreBusy(StoreError):
    """Another process holds what is needed."""


class StoreStale(StoreError):
    """What was to be changed has changed since it was read."""


class StoreUnreachable(StoreBusy):
    """The database server does not answer: what was to be written waits, as for a busy store."""


class StoreFull(StoreError):
    """The disk is full."""


class StoreVersion(StoreError):
    """The store was written by another version of facewarden."""


class KeyRefused(StoreError):
    """The key is missing, unreadable, readable by others, or not the one of this store."""


class SinkError(FacewardenError):
    """An alert was not delivered this time; it stays in the outbox.

    Attributes:
        reached: of a sink with several receivers, who has this alert already, by its own words.
    """

    reached: frozenset[str] = frozenset()

    exit_code = 6


class SinkUnavailable(SinkError):
    """Nobody answered or the sink asked to come back later: the whole sink backs off.

    Attributes:
        retry_after_s: the wait that the receiver asked for; 0 when it did not.
    """

    retry_after_s: float = 0.0


class PayloadRejected(SinkError):
    """The sink answered and refused this one alert: only that alert backs off."""


class TrainingDiverged(FacewardenError):
    """The loss of a training is no number, or grew too much."""

    exit_code = 7
