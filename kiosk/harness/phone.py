"""A simulated phone: signs in with a badge it reads and a PIN, or lets its owner sign in at the station."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import urllib.error
import urllib.request
from typing import Any, Final

from drivers.wire.messages import Decode, FromDriver, Scan
from drivers.wire.options import PicturesOptions
from drivers.wire.secret import Secret
from kiosk.clock import SystemClock
from kiosk.config import Device
from kiosk.devices.supervisor import Supervisor
from kiosk.errors import KioskError

_SECONDS: Final = 30.0


class Phone:
    """One phone at the simulated tenant of `graph_url`, trusting `ca_file`."""

    def __init__(self, graph_url: str, ca_file: str) -> None:
        self._doors = graph_url.rstrip("/") + "/_tenant"
        self._trust = ssl.create_default_context(cafile=ca_file)
        device = Device("pictures", PicturesOptions())
        self._decoder = Supervisor("scan", "phone", device, SystemClock(), lambda _: None)
        self._running = asyncio.create_task(self._decoder.run())

    async def read(self, picture: bytes) -> Secret:
        """The content of the one code in a picture. Raises KioskError when there is none."""
        await self._decoder.ready(_SECONDS)
        answer = await self._decoder.ask(Decode(request="phone", bytes=Secret(picture)), _answers, _SECONDS)
        if not isinstance(answer, Scan) or len(answer.codes) != 1:
            raise KioskError("the phone reads no code there")
        return answer.codes[0].content

    async def sign_in(self, content: Secret, pin: Secret, new_pin: Secret | None = None) -> str:
        """What Entra's sign-in answers: accepted, must_change_pin, revoked, …"""
        body = {"content_base64": base64.b64encode(content.reveal()).decode(), "pin": pin.reveal_text()}
        if new_pin:
            body["new_pin"] = new_pin.reveal_text()
        answer = await asyncio.to_thread(self._post, "/sign-in", json.dumps(body).encode())
        return str(answer["result"])

    async def approve(self, user_code: str, upn: str) -> None:
        """Type the short code of a station at the sign-in page, as this person. Raises KioskError for a wrong one."""
        body = {"user_code": user_code, "upn": upn}
        try:
            await asyncio.to_thread(self._post, "/device/approve", json.dumps(body).encode())
        except urllib.error.HTTPError as refused:
            refused.close()
            raise KioskError(f"the sign-in page refuses the code ({refused.code})") from None

    async def close(self) -> None:
        """Put it away."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def _post(self, door: str, body: bytes) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._doors + door, body, headers)  # noqa: S310 - https
        with urllib.request.urlopen(request, timeout=_SECONDS, context=self._trust) as answer:  # noqa: S310
            return json.load(answer)


def _answers(message: FromDriver) -> bool:
    return not isinstance(message, Scan) or message.request == "phone"
