"""facewarden users: who may sign in, for the owner of the machine.

Whoever can run this can read key and store: no password is asked for. That is the way back in when
nobody can sign in any more.
"""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.access.account import Account
from facewarden.access.principal import Role, Scope
from facewarden.actor import actor
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.config.load import load_settings
from facewarden.errors import DataError
from facewarden.review.figures import moment
from facewarden.store.invitations import INVITATION_HOURS
from facewarden.store.open import Store
from facewarden.wiring.stores import open_store_from

PAGE = 200

app = typer.Typer(help="People who may sign in at facewarden serve.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(help="Login, see facewarden users list.")]


@app.command("list")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the users."""
    with open_store_from(load_settings(config), create=False) as store:
        accounts = _all(store)
    if as_json:
        results().print_json(json.dumps([_plain(account) for account in accounts]))
        return
    table = Table("login", "role", "watchlists", "camera groups", "signs in by", "signed in")
    for account in accounts:
        table.add_row(
            escape(account.login),
            account.role,
            escape(_names(account.scope.watchlists)),
            escape(_names(account.scope.camera_groups)),
            escape(_way(account)),
            moment(account.signed_in_at, None) if account.signed_in_at else "never",
        )
    results().print(table)


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="Login of a new user.")],
    role: Annotated[Role, typer.Option(help="What they work as.")],
    watchlist: Annotated[
        list[str] | None,
        typer.Option("--watchlist", "-w", help="Limit them to it; repeat it. Default: all."),
    ] = None,
    camera_group: Annotated[
        list[str] | None,
        typer.Option(help="Limit them to cameras of it; repeat it. Default: all."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Make a user, and print the one-time token by which they set their password."""
    scope = Scope(
        frozenset(watchlist) if watchlist else None,
        frozenset(camera_group) if camera_group else None,
    )
    with open_store_from(load_settings(config)) as store:
        made = store.people.create(login, role, scope, actor=actor())
        _print_invitation(store, made)


@app.command("disable")
def disable(login: LoginArgument, config: ConfigOption = None) -> None:
    """Shut a user out: all their sessions and API keys end."""
    with open_store_from(load_settings(config), create=False) as store:
        account = _found(store, login)
        store.people.change(
            account.user_id, role=account.role, scope=account.scope, disabled=True, actor=actor()
        )


@app.command("reset")
def reset(
    login: LoginArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Take password, authenticator, sessions and keys away, enable, and print a new token."""
    with open_store_from(load_settings(config), create=False) as store:
        account = _found(store, login)
        if not yes:
            typer.confirm("Take password, authenticator, sessions and keys?", abort=True, err=True)
        store.people.reset(account.user_id, actor=actor(), even_last=True)
        if account.disabled:
            store.people.change(
                account.user_id,
                role=account.role,
                scope=account.scope,
                disabled=False,
                actor=actor(),
            )
        _print_invitation(store, account)


def _print_invitation(store: Store, account: Account) -> None:
    token = store.invitations.invite(account.user_id, actor=actor())
    problems().print(
        escape(
            f"{account.login} sets a password with this one-time token within "
            f"{INVITATION_HOURS} h; hand it over in person:"
        )
    )
    typer.echo(token)


def _found(store: Store, login: str) -> Account:
    known = store.people.find(login)
    if known is None:
        raise DataError("there is no such user", remedy="see facewarden users list")
    return known.account


def _all(store: Store) -> list[Account]:
    accounts: list[Account] = []
    while True:
        more = store.people.page(after=accounts[-1].user_id if accounts else 0, limit=PAGE)
        accounts += more
        if len(more) < PAGE:
            return accounts


def _names(names: frozenset[str] | None) -> str:
    return "all" if names is None else ", ".join(sorted(name or '""' for name in names)) or "none"


def _way(account: Account) -> str:
    if account.disabled:
        return "disabled"
    if account.oidc_issuer:
        return account.oidc_issuer
    if not account.has_password:
        return "invited"
    return "password and code" if account.has_totp else "password"


def _plain(account: Account) -> dict[str, Any]:
    lists, groups = account.scope.watchlists, account.scope.camera_groups
    return {
        "user_id": account.user_id,
        "login": account.login,
        "role": account.role,
        "watchlists": None if lists is None else sorted(lists),
        "camera_groups": None if groups is None else sorted(groups),
        "disabled": account.disabled,
        "has_password": account.has_password,
        "has_totp": account.has_totp,
        "oidc_issuer": account.oidc_issuer,
        "created_at": account.created_at.isoformat(),
        "signed_in_at": account.signed_in_at.isoformat() if account.signed_in_at else None,
    }
