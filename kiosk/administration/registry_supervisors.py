"""Who may approve with a badge and a station PIN: kept in this machine's registry."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from drivers.wire.secret import Secret
from kiosk.config import Config
from kiosk.errors import UsageError
from kiosk.graph.models import User
from kiosk.registry import NotFoundError, Registry
from kiosk.registry.supervisors import Supervisor

#: Digits of a station PIN, at least and at most.
_DIGITS: Final = (6, 12)


def require_pin(pin: Secret) -> None:
    """Raises UsageError, without the PIN, unless it is digits enough and not the same one over and over."""
    typed = pin.reveal()
    least, most = _DIGITS
    if not (typed.isdigit() and least <= len(typed) <= most):
        raise UsageError(f"a PIN of this station is {least} to {most} digits")
    if len(set(typed)) == 1:
        raise UsageError("a PIN is not one digit over and over")


async def add_supervisor(config: Config, person: User, pin: Secret, *, at: datetime) -> None:
    """Let a person approve here. Raises DuplicateError, RegistryError."""
    async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
        try:
            await registry.supervisors.add(person.id, person.user_principal_name, pin, at=at)
        finally:
            pin.forget()


async def remove_supervisor(registry: Registry, user: str, *, at: datetime) -> Supervisor:
    """Let a person, by object id or UPN, approve here no more. Raises NotFoundError."""
    for each in await registry.supervisors.all():
        if user.lower() in {each.user_id.lower(), each.upn.lower()}:
            await registry.supervisors.remove(each.user_id, at=at)
            return each
    raise NotFoundError("this person is no supervisor here", hint="kiosk supervisor list names them")
