"""Alembic, run in this process on a connection it is handed. Imported only when a file is not of this version."""

from __future__ import annotations

import threading
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

#: Alembic hands its scripts what they work on through globals of the process, so one upgrade at a time.
_ONE_AT_A_TIME: Final = threading.Lock()


def config() -> Config:
    """Alembic's settings: where the scripts are, and nothing else. There is no alembic.ini and no logging set up."""
    settings = Config()
    settings.set_main_option("script_location", "kiosk.registry:migrations")
    return settings


def knows(revision: str | None) -> bool:
    """Whether `revision` is one of ours; None is the state before the first."""
    scripts = ScriptDirectory.from_config(config())
    return revision is None or revision in {script.revision for script in scripts.walk_revisions()}


def to_newest(connection: Connection) -> None:
    """Bring the schema up to date, inside the caller's transaction. Nothing to do is fine."""
    to_revision(connection, "head")


def to_revision(connection: Connection, revision: str) -> None:
    """Bring the schema to one of ours that is not older than it."""
    settings = config()
    settings.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(settings, revision)
