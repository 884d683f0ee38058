"""What PostgreSQL's complaints mean here (PostgreSQL manual, appendix A: error codes)."""

from typing import Final

from facewarden.errors import (
    DataError,
    FacewardenError,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnreachable,
)

WAIT: Final = "nothing that was committed is lost; it is tried again"

# The beginning of the code, what it means, and what the user can do; the first that fits.
KNOWN: Final[tuple[tuple[str, type[StoreError], str, str], ...]] = (
    ("53100", StoreFull, "the disk of the store is full", f"free some space; {WAIT}"),
    ("53300", StoreUnreachable, "the database has no connection left", "raise max_connections"),
    ("53", StoreBusy, "the database is short of something", "give the server more of it"),
    ("55P03", StoreBusy, "another process has held the store for too long", "wait, or stop it"),
    ("40", StoreBusy, "another transaction was in the way", "try again"),
    ("57P", StoreUnreachable, "the database is going down or coming up", WAIT),
    ("08", StoreUnreachable, "the database does not answer", WAIT),
    ("57014", StoreBusy, "the database gave up a statement", "raise its statement_timeout"),
    ("25006", StoreError, "the store can be read but not written", "use the primary server"),
    ("28", StoreUnreachable, "the database refused the login", "check user and password"),
    ("3D000", StoreUnreachable, "there is no such database", "create it, or check the address"),
    ("42501", StoreError, "the database user may not do this", "grant it the whole database"),
    ("58", StoreError, "the disk refused to read or write the store", "check the server's disk"),
    ("XX", StoreError, "the store is damaged", "restore it from a backup"),
)


def translated(error: BaseException, where: str) -> FacewardenError:
    """Return the error of ours for one of psycopg's, which has `sqlstate` and `diag`.

    Only the server's one-line message is told: its details repeat values.
    """
    code = str(getattr(error, "sqlstate", None) or "")
    told = getattr(getattr(error, "diag", None), "message_primary", None)
    found = told or _first_line(error)
    for beginning, kind, what, remedy in KNOWN:
        if code.startswith(beginning):
            return kind(f"{what} ({where})", found=found, remedy=remedy)
    if code.startswith("22") or type(error).__name__ == "DataError":
        return DataError("a value does not fit the store", found=found)
    if not code and type(error).__name__ in {"OperationalError", "ConnectionTimeout"}:
        # libpq could not connect, or the connection broke: there is no code of a server.
        return StoreUnreachable(
            f"the database cannot be reached ({where})",
            found=found,
            remedy="check address, password and server; " + WAIT,
        )
    return StoreError(f"the store failed ({where})", found=found)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
