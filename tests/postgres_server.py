"""A real PostgreSQL server for tests: a cluster of its own, on a Unix socket in a short folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

USER = "facewarden"
PASSWORD = "correct-horse-battery"


def programs() -> Path | None:
    """Return the folder of initdb and postgres, where they are installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    # Debian keeps them beside each other by version, out of PATH.
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=_version)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


class PostgresServer:
    """A running server; `kill` and `start` are for tests of what happens without it."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin = bin_folder
        self.folder = folder
        self._data = folder / "data"
        # PostgreSQL refuses to run as root.
        self._as_user = {"user": "postgres"} if os.geteuid() == 0 else {}
        if self._as_user:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            *("initdb", "-D", str(self._data), "-U", USER, "--pwfile", str(secret), "--no-sync"),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8"),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self.folder)),
                    *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"),
                ],
                cwd="/",
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self._as_user,  # type: ignore[call-overload]
            )
        for _ in range(200):
            ready = [str(self._bin / "pg_isready"), "-q", "-t", "1", "-h", str(self.folder)]
            if subprocess.run(ready, check=False, timeout=10).returncode == 0:
                return
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError((self.folder / "log").read_text())
        raise AssertionError("PostgreSQL does not answer")

    def kill(self) -> None:
        """Kill every process of the server at once, as a lost machine would."""
        if self._process is not None:
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
            self._process.wait(20)
            self._process = None

    def database(self, template: str = "template0") -> str:
        """Make a new database, a copy of `template`; return its name."""
        self._made += 1
        name = f"store_{self._made}"
        with psycopg.connect(self.url("postgres", driver=""), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def dump(self, name: str) -> bytes:
        """Return a database as SQL, as pg_dump writes it."""
        done = subprocess.run(
            [str(self._bin / "pg_dump"), "--no-password", self.url(name, driver="")],
            check=True,
            cwd="/",
            timeout=60,
            stdout=subprocess.PIPE,
        )
        return done.stdout

    def files(self, name: str) -> list[Path]:
        """Return every file of the data directory as it is after a checkpoint, write-ahead log
        included, but for those of other databases."""
        with psycopg.connect(self.url("postgres", driver=""), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            asked = "SELECT oid FROM pg_database WHERE datname <> %s"
            others = {str(row[0]) for row in connection.execute(asked, (name,)).fetchall()}
        base = self._data / "base"
        return [
            path
            for path in self._data.rglob("*")
            if path.is_file() and not (path.is_relative_to(base) and path.parent.name in others)
        ]

    def drop(self, name: str) -> None:
        """Drop a database, whoever uses it."""
        with psycopg.connect(self.url("postgres", driver=""), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def url(self, name: str, *, driver: str = "+psycopg", password: str = PASSWORD) -> str:
        """Return the address of a database."""
        return f"postgresql{driver}://{USER}:{password}@/{name}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            cwd="/",
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_user,  # type: ignore[call-overload]
        )


@contextmanager
def running(bin_folder: Path) -> Iterator[PostgresServer]:
    """Run a server for the length of a `with`."""
    with tempfile.TemporaryDirectory(prefix="fwpg") as folder:
        server = PostgresServer(bin_folder, Path(folder))
        try:
            yield server
        finally:
            server.kill()
