"""facewarden backup: the whole store in one sealed file, and whether such a file is whole."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from facewarden.cli.backup_secret import KeyOption, PassphraseOption, new_key_text, secret_from
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.config.load import load_settings
from facewarden.errors import StoreError
from facewarden.govern.chain import EXPLAINED, Outcome
from facewarden.store.backup import back_up, verify_backup
from facewarden.store.backup_records import Manifest
from facewarden.wiring.stores import open_store_from


class _FileFirst(TyperGroup):
    """`backup FILE` means `backup create FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `create` in front of what is not the name of a command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["create", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_FileFirst,
    help="Back up the store: `backup FILE`, `backup verify FILE`, `backup new-key FILE`.",
    no_args_is_help=True,
)
BackupArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
_BROKEN = 1


@app.command()
def create(
    file: BackupArgument,
    recovery_key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    with_key: Annotated[
        bool,
        typer.Option(
            "--with-key",
            help="Put the store's key into it: whoever opens the backup can read everything.",
        ),
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the whole store into a new sealed file, while others go on using it."""
    secret = secret_from(recovery_key, passphrase_file, new=True)
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        key_file = settings.store.key_file if with_key else None
        manifest = back_up(store, file, secret, key_file=key_file)
    if as_json:
        results().print_json(json.dumps(asdict(manifest)))
        return
    results().print(f"{escape(str(file))}: {_told(manifest)}")
    if not with_key:
        problems().print(
            "the store's key is not in it: keep a copy of the key elsewhere, or take --with-key"
        )


@app.command()
def verify(
    file: BackupArgument,
    recovery_key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a backup to its end without restoring it: every chunk, every row, the audit log.

    Ends with 1 where the audit log in it is broken, with 5 where the file is.
    """
    secret = secret_from(recovery_key, passphrase_file, new=False)
    manifest, audit = verify_backup(file, secret)
    if as_json:
        told = asdict(manifest) | {"audit_intact": audit.fault is None}
        results().print_json(json.dumps(told))
    else:
        results().print(f"{escape(str(file))}: {_told(manifest)}; whole")
    require_whole(audit)


@app.command()
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the key is written.")],
) -> None:
    """Make a recovery key; without it, backups that it sealed cannot be opened by anybody."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise StoreError(f"{file} exists already", remedy="a key is never replaced") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(new_key_text())
    problems().print(
        f"{escape(str(file))} written: keep a copy where this machine's thieves and fires do not "
        "come"
    )


def require_whole(audit: Outcome) -> None:
    """End with 1 and one line where the audit log is broken."""
    if audit.fault is not None:
        problems().print(
            f"audit log broken at entry {audit.fault.position}: {EXPLAINED[audit.fault.kind]}"
        )
        raise typer.Exit(_BROKEN)


def _told(manifest: Manifest) -> str:
    tables = manifest.tables
    position, link = manifest.audit_head
    return (
        f"made {manifest.made_at} by facewarden {manifest.facewarden} ({manifest.revision}, "
        f"{manifest.database}), {manifest.rows} rows, of them {tables.get('subject', 0)} subjects, "
        f"{tables.get('reference', 0)} references and {tables.get('alert', 0)} alerts; "
        f"audit entry {position} with hash {link}; "
        f"{'with' if manifest.with_key else 'without'} the store's key"
    )
