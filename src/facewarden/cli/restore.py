"""facewarden restore: a store out of a backup."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from facewarden.cli.backup import require_whole
from facewarden.cli.backup_secret import KeyOption, PassphraseOption, secret_from
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption
from facewarden.config.load import load_settings
from facewarden.store.backup import open_backup
from facewarden.store.restore import restore_backup
from facewarden.wiring.stores import open_store_from, url_of


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    recovery_key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    config: ConfigOption = None,
) -> None:
    """Fill the empty store of the settings with a backup, and check it.

    Ends with 1 where the audit log in it is broken.
    """
    settings = load_settings(config)
    secret = secret_from(recovery_key, passphrase_file, new=False)
    with open_backup(file, secret) as backup:
        restore_backup(backup, url_of(settings), settings.store.key_file)
        manifest = backup.manifest
    with open_store_from(settings, create=False) as store:
        store.audit.append(
            "", "store.restore", "store", {"made_at": manifest.made_at, "rows": manifest.rows}
        )
        audit = store.audit.check()
        watching = store.deployments.due(datetime.now(UTC))
    results().print(
        f"restored {manifest.rows} rows of {manifest.made_at}; audit log of {audit.entries} entries"
    )
    problems().print(
        f"what happened since then is not in it: remove again whoever was removed, and revoke "
        f"again what was revoked ({escape(str(file))})"
    )
    for one in watching:
        problems().print(
            f"deployment {one.deployment_id} is authorised and in its time: it watches"
        )
    require_whole(audit)
