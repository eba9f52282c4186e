"""`duly user`: the lender's own people, and what each of them may open."""

from typing import Annotated, Any

import typer

from duly.cli.refusing import open_book, stop

user_app = typer.Typer(help="Staff accounts and their roles.", no_args_is_help=True)
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="underwriter, collector, legal, agency, finance, compliance or administrator; may be repeated."
    ),
]


@user_app.command("add")
def add_user(
    name: str,
    role: Roles = None,
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
) -> None:
    """Make a staff account. Without a role it opens nothing."""
    open_book()
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from duly.people.roles import give_roles

    roles = _roles(role)
    if User.objects.filter(username=name).exists():
        stop(f"there is a user {name} already", f"`duly manage changepassword {name}` gives them a new password")
    if generate:
        import secrets

        password = secrets.token_urlsafe(12)
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password, User(username=name))
    except ValidationError as error:
        stop("this password will not do", " ".join(error.messages))
    give_roles(User.objects.create_user(name, password=password, is_staff=True), *roles)
    typer.echo(f"{name} may sign in." + (f" Password, shown this once: {password}" if generate else ""))


@user_app.command("roles")
def change_roles(
    name: str,
    give: Annotated[list[str] | None, typer.Option(help="A role to give; may be repeated.")] = None,
    take: Annotated[list[str] | None, typer.Option(help="A role to take away; may be repeated.")] = None,
) -> None:
    """Give roles to a member of staff, take them away, and say which there are now."""
    open_book()
    from duly.people.roles import give_roles, roles_of, take_roles

    user = _user(name)
    give_roles(user, *_roles(give))
    take_roles(user, *_roles(take))
    typer.echo(f"{name}: {', '.join(sorted(roles_of(user))) or 'no role'}")


@user_app.command("list")
def list_users() -> None:
    """The staff, their roles, whether they have a second factor, and when they last signed in."""
    open_book()
    from allauth.mfa.models import Authenticator
    from django.contrib.auth.models import User
    from rich.console import Console
    from rich.table import Table

    factors = set(Authenticator.objects.exclude(type="recovery_codes").values_list("user_id", flat=True))
    table = Table("Name", "Roles", "Second factor", "Last sign-in", "")
    for user in User.objects.filter(is_staff=True).prefetch_related("groups").order_by("username"):
        roles = ", ".join(sorted(group.name for group in user.groups.all()))
        last = f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "never"
        state = "" if user.is_active else "closed"
        table.add_row(user.username, roles, "yes" if user.pk in factors else "no", last, state)
    Console().print(table)


@user_app.command("close")
def close_user(name: str) -> None:
    """Close an account: it signs in no more, and what is open ends at the next click."""
    open_book()
    user = _user(name)
    user.is_active = False
    user.save(update_fields=["is_active"])
    typer.echo(f"{name} signs in no more.")


@user_app.command("lost-factor")
def lost_factor(name: str) -> None:
    """Forget the second factor of somebody who lost it; they set up another at the next sign-in."""
    open_book()
    from allauth.mfa.models import Authenticator

    gone, _ = Authenticator.objects.filter(user=_user(name)).delete()
    typer.echo(f"{name} has no second factor any more ({gone} forgotten).")


def _user(name: str) -> Any:
    from django.contrib.auth.models import User

    found = User.objects.filter(username=name).first()
    if found is None:
        stop(f"there is no user {name}", "`duly user list` names them")
    return found


def _roles(names: list[str] | None) -> list[Any]:
    from duly.people.roles import Role

    allowed = [role.value for role in Role if role is not Role.BORROWER]
    for name in names or []:
        if name not in allowed:
            stop(f"there is no role {name!r} for staff", f"use {', '.join(allowed)}")
    return [Role(name) for name in names or []]
