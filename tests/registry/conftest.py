"""A registry file, a registry, and codes to put into it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.registry import IssuedCode, Registry
from kiosk.registry.opening import open_registry

NOW = datetime(2025, 11, 21, 14, 2, 0, 123456, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a registry will be; nothing is there yet."""
    return tmp_path / "state" / "registry.sqlite"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry, to be copied and not to be opened."""
    path = tmp_path_factory.mktemp("whole") / "registry.sqlite"
    open_registry(path).close()
    return path


@pytest.fixture
def made(path: Path, whole: Path) -> Path:
    """`path`, with an empty registry there."""
    path.parent.mkdir()
    shutil.copy(whole, path)
    return path


@pytest.fixture
async def registry(made: Path) -> AsyncIterator[Registry]:
    async with Registry.open(made) as opened:
        yield opened


@pytest.fixture
def issue() -> Callable[..., IssuedCode]:
    """Makes an issued code of this id, with the fields named changed."""
    return _issue


def _issue(code_id: str, **changed: Any) -> IssuedCode:
    fields: dict[str, Any] = {
        "code_id": code_id,
        "user_id": "8b2c",
        "upn": "zoe@contoso.example",
        "display_name": "Zoë Łęcka",
        "kind": CodeKind.STANDARD,
        "digest": hashlib.sha256(code_id.lower().encode()).digest(),
        "issued_at": NOW,
        "start_at": NOW,
        "expire_at": NOW + timedelta(days=365),
        "station": "till-3",
        "changed_at": NOW,
    }
    return IssuedCode(**{**fields, **changed})
