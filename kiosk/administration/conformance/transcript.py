"""What was asked and answered, without a secret and without a person's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from drivers.wire.secret import Secret
from kiosk.graph.answer import Answer
from kiosk.graph.exchange import Exchange, Lost, Request
from kiosk.graph.settings import GraphSettings

Json = Any

#: Members whose values are secret, or say who somebody is. `code` is one where it is a PIN and not an error's.
_SECRET: Final = frozenset({"binaryvalue", "rawcontent", "currentpin", "newpin"})
_PERSONAL: Final = frozenset({"userprincipalname", "displayname", "employeeid", "mail", "givenname", "surname"})
_HEADERS: Final = ("request-id", "date", "retry-after", "location", "x-ms-ags-diagnostic", "x-ms-resource-unit")
#: Characters of a text that is kept; nothing in these answers that is longer is worth reading.
_LONGEST: Final = 300


@dataclass(frozen=True)
class Exchanged:
    """One request and its answer, fit to be shown. `status` is None where there was no answer."""

    verb: str
    path: str
    sent: Json
    status: int | None
    headers: dict[str, str]
    answered: Json

    def fields(self) -> dict[str, Any]:
        """The members of the answer's object, unwrapped from `value`."""
        body = self.answered
        inner = body.get("value") if isinstance(body, dict) else None
        shown = inner if isinstance(inner, dict) else body
        return shown if isinstance(shown, dict) else {}


class Recording(Exchange):
    """The network, and everything that went over it. `seen` is in the order of sending."""

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__(settings)
        self.seen: list[Exchanged] = []

    async def send(self, request: Request, token: Secret) -> Answer | Lost:
        """See Exchange."""
        answer = await super().send(request, token)
        self.seen.append(_exchanged(request, answer))
        return answer


class Mask:
    """Puts a word in the place of each name, in any case and in any text."""

    def __init__(self, names: dict[str, str]) -> None:
        longest_first = sorted((name for name in names if name), key=len, reverse=True)
        self._words = {name.casefold(): names[name] for name in longest_first}
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None

    def __call__(self, value: Json) -> Json:
        """`value` with every text in it masked."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: self(each) for key, each in value.items()}
        return [self(each) for each in value] if isinstance(value, list | tuple) else value

    def _text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._words.get(found[0].casefold(), "{name}"), text)


def _exchanged(request: Request, answer: Answer | Lost) -> Exchanged:
    sent = _json(request.body) if request.body else None
    if isinstance(answer, Lost):
        return Exchanged(request.verb, request.path, sent, None, {}, f"(no answer: {answer.reason})")
    headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    return Exchanged(request.verb, request.path, sent, answer.status, headers, _json(answer.body))


def _json(body: Secret) -> Json:
    text = body.reveal()
    if not text:
        return None
    try:
        return redacted(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"({len(text)} bytes that are no JSON)"


def redacted(value: Json, key: str = "", *, in_error: bool = False) -> Json:
    """`value` without what is secret or personal; how long it was is kept."""
    name = key.casefold()
    if name in _SECRET or (name == "code" and not in_error):
        return f"({len(value)} characters)" if isinstance(value, str) and value else value if not value else "(…)"
    if isinstance(value, dict):
        within = in_error or name in {"error", "innererror"}
        return {each: redacted(inner, each, in_error=within) for each, inner in value.items()}
    if isinstance(value, list):
        return [redacted(each, in_error=in_error) for each in value]
    if name in _PERSONAL and value:
        return "(personal)"
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"({len(value)} characters)"
    return value
