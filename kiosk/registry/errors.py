"""What can go wrong with the registry, in words."""

from __future__ import annotations

from kiosk.errors import KioskError


class RegistryError(KioskError):
    """The registry could not be opened, read or written. What was being written has not been, not even in part."""


class NotFoundError(RegistryError):
    """The registry knows no such code, or no such open replacement."""


class DuplicateError(RegistryError):
    """What was to be added is there already."""


class DamagedError(RegistryError):
    """The file is a registry whose content makes no sense any more."""
