"""The one place where a database's complaint becomes an error of ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from facewarden.errors import DataError, FacewardenError, StoreBusy, StoreError, StoreFull
from facewarden.store import postgres_faults

# SQLite's wording (sqlite3.c, sqlite3ErrStr), what it means here, and what the user can do.
KNOWN: Final[tuple[tuple[str, type[StoreError], str, str], ...]] = (
    (
        "database or disk is full",
        StoreFull,
        "the disk of the store is full",
        "free some space; nothing that was committed is lost",
    ),
    (
        "is locked",
        StoreBusy,
        "another process has held the store for too long",
        "wait for it to finish, or stop it",
    ),
    (
        "readonly",
        StoreError,
        "the store can be read but not written",
        "make the file and its directory writable for this user",
    ),
    (
        "unable to open database file",
        StoreError,
        "the store cannot be opened",
        "check that its directory exists and is writable for this user",
    ),
    (
        "file is not a database",
        StoreError,
        "the file is not a store",
        "check the path; a store is never another kind of file",
    ),
    (
        "malformed",
        StoreError,
        "the store is damaged",
        "stop every process that uses it and restore it from a backup",
    ),
    (
        "disk I/O error",
        StoreError,
        "the disk refused to read or write the store",
        "check the disk, its quota and the limit on the size of files",
    ),
)


@contextmanager
def store_faults(where: str) -> Iterator[None]:
    """Turn what the database raises inside the block into an error that names `where`.

    Raises:
        StoreFull: no space left.
        StoreBusy: locked by another process for longer than the store waits.
        StoreUnreachable: the database server does not answer.
        DataError: a row that breaks a constraint; no retry will help.
        StoreError: everything else; the statement's values are never part of the message.
    """
    try:
        yield
    except IntegrityError as error:
        # Not a StoreError: trying again will never help.
        told = getattr(getattr(error.orig, "diag", None), "message_primary", None)
        raise DataError("a row does not fit the store", found=told or str(error.orig)) from error
    except StatementError as error:
        if isinstance(error.orig, FacewardenError):  # ours, from a column type
            raise error.orig from None
        if not isinstance(error, DBAPIError):
            raise
        cause = error.orig or error
        if hasattr(cause, "sqlstate"):  # psycopg's
            raise postgres_faults.translated(cause, where) from error
        raise _translated(cause, where) from error
    except sqlite3.Error as error:
        raise _translated(error, where) from error
    except (UnicodeEncodeError, OverflowError) as error:
        # Text is UTF-8 and integers have 64 bits. What was given is not repeated: it is a name.
        raise DataError(
            "a value does not fit the store",
            expected="text of UTF-8 characters, whole numbers below 2 to the 63rd",
            found="other bytes" if isinstance(error, UnicodeError) else "a larger number",
        ) from None
    except PoolTimeout as error:
        raise StoreBusy(
            f"every connection of this process to {where} is taken",
            remedy="use fewer threads, or try again",
        ) from error


def _translated(error: BaseException, where: str) -> StoreError:
    text = str(error)
    # SQLite reports a full disk under its shared-memory file as a plain I/O error.
    if getattr(error, "sqlite_errorname", "") == "SQLITE_IOERR_SHMSIZE":
        text = "database or disk is full"
    for words, kind, what, remedy in KNOWN:
        if words in text:
            return kind(f"{what} ({where})", found=str(error), remedy=remedy)
    return StoreError(f"the store failed ({where})", found=text)
