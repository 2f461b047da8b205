"""A value that must never be written down: the content of a code, a PIN, a token."""

from __future__ import annotations

import hmac
from typing import Any, Final, NoReturn, final

REDACTED: Final = "Secret(redacted)"


class ForgottenError(RuntimeError):
    """The secret was wiped before this use of it."""


@final
class Secret:
    """Bytes that print as nothing and that only `reveal` hands out.

    There is no pickle, no JSON, no copy, no length and no iteration: each is a way by which a secret reaches a
    file. `forget` overwrites the bytes held here, for the moment a replacement closes; copies that `reveal` gave
    out are the caller's to keep short.
    """

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes | bytearray | memoryview | str) -> None:
        self._bytes: bytearray | None = bytearray(value.encode() if isinstance(value, str) else value)

    def reveal(self) -> bytes:
        """The bytes themselves. Raises ForgottenError after `forget`."""
        if self._bytes is None:
            raise ForgottenError("this secret has been forgotten")
        return bytes(self._bytes)

    def reveal_text(self) -> str:
        """The bytes as UTF-8 text. Raises ForgottenError, UnicodeDecodeError."""
        return self.reveal().decode()

    def forget(self) -> None:
        """Overwrite and drop the bytes. Doing it twice is fine."""
        if self._bytes is not None:
            self._bytes[:] = bytes(len(self._bytes))
            self._bytes = None

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal(), other.reveal())

    # Equal secrets would need equal hashes, and a hash of a short PIN is the PIN.
    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")
