"""The supervisors, as the station uses them: `registry.supervisors`."""

from __future__ import annotations

from datetime import datetime

from drivers.wire.secret import Secret
from kiosk.registry import supervisors
from kiosk.registry.supervisors import Supervisor
from kiosk.registry.worker import Worker


class Supervisors:
    """Each method raises RegistryError as the Registry's do."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def add(self, user_id: str, upn: str, pin: Secret, *, at: datetime, actor: str | None = None) -> None:
        """Let a person approve with their badge and this PIN, of which only a hash is kept. Raises DuplicateError."""
        pin_hash = await self._worker.elsewhere(supervisors.hashed, pin)
        await self._worker.write(supervisors.add, user_id, upn, pin_hash, at=at, actor=actor)

    async def remove(self, user_id: str, *, at: datetime, actor: str | None = None) -> None:
        """Let a person approve no more. Raises NotFoundError."""
        await self._worker.write(supervisors.remove, user_id, at=at, actor=actor)

    async def all(self) -> tuple[Supervisor, ...]:
        """All of them, by UPN."""
        return await self._worker.read(supervisors.everyone)

    async def try_pin(self, user_id: str, pin: Secret, *, at: datetime) -> bool:
        """Whether the PIN is theirs. Takes as long for who is no supervisor. Raises PinDelayedError."""
        return await self._worker.write(supervisors.try_pin, user_id, pin, at=at)
