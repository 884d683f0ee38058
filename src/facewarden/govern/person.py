"""Whether two people are two."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Who does something that another person may have to do again.

    Attributes:
        login: as the audit log calls them.
        user_id: of their account; None at the console of the machine, where there is none.
    """

    login: str
    user_id: int | None = None

    def is_same(self, other: "Person") -> bool:
        """Tell whether this may be the same person: by account, or by login.

        Logins are compared without case and in one Unicode form, so that nobody becomes two by
        spelling; an account that was renamed stays one by its id.
        """
        if self.user_id is not None and self.user_id == other.user_id:
            return True
        return _plain(self.login) == _plain(other.login)


def _plain(login: str) -> str:
    return unicodedata.normalize("NFKC", login.strip()).casefold()
