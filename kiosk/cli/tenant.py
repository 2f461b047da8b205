"""`kiosk tenant`: an Entra tenant in a box."""

from __future__ import annotations

import json
from typing import Any

import click


@click.group()
def tenant() -> None:
    """An Entra tenant in a box: sign-in and Graph on this machine, for trying things out."""


@tenant.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; any free one if left out.")
@click.option("--json", "as_json", is_flag=True, help="Say where it is as one line of JSON.")
@click.option("--until-stdin-closes", is_flag=True, help="Stop when standard input ends, as when a parent dies.")
@click.option(
    "--version",
    "versions",
    type=click.Choice(["v1.0", "beta"]),
    multiple=True,
    help="Versions of Graph that know the QR + PIN method; both if left out.",
)
def serve(*, port: int, as_json: bool, until_stdin_closes: bool, versions: tuple[str, ...]) -> None:
    """Serve until stopped, after saying where and how to sign in."""
    from kiosk.tenant.box import VERSIONS
    from kiosk.tenant.serve import serve_forever

    def announce(about: dict[str, Any]) -> None:
        # click.echo flushes, so that a parent reading a pipe sees the line now.
        click.echo(json.dumps(about) if as_json else _readable(about))

    serve_forever(port, announce, until_stdin_closes=until_stdin_closes, versions=versions or VERSIONS)


def _readable(about: dict[str, Any]) -> str:
    ways = about["authenticate"]
    lines = [
        "A tenant in a box. Everything in it is made up, its secrets too.",
        f"  Graph          {about['graph_url']}",
        f"  authority      {about['authority']}",
        f"  trust          {about['ca_file']}",
        f"  tenant         {about['tenant_id']}",
        f"  client         {about['client_id']}",
        f"  client secret  {ways['client_secret']}",
        f"  certificate    {ways['certificate_file']}",
        f"  device code    approve with POST {ways['device_code']['approve']} (user_code, upn)",
        "  people",
        *(_person(user) for user in about["users"]),
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def _person(user: dict[str, Any]) -> str:
    notes = [
        user["jobTitle"],
        "has a badge" if user["hasMethod"] else "has no badge",
        *([] if user["accountEnabled"] else ["account disabled"]),
    ]
    return f"    {user['userPrincipalName']}  {user['displayName']}  ({', '.join(notes)})"
