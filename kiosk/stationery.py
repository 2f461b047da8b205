"""The site's own badges: its templates, logo, name and time zone, laid round whatever code is to be printed."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from drivers.wire.messages import Page
from drivers.wire.options import nearest
from drivers.wire.secret import Secret
from kiosk.badge import page, picture, qr
from kiosk.badge import template as templates
from kiosk.badge.content import Badge, parse
from kiosk.badge.kind import CodeKind
from kiosk.badge.slip import Slip, draw_slip
from kiosk.config import Config, ConfigError, Station
from kiosk.errors import UsageError

#: The id of a code that is nobody's.
NOBODY: Final = uuid.UUID(int=0)
#: Bytes of the longest content Microsoft's samples point to.
_LONGEST: Final = 271


@dataclass(frozen=True)
class Holder:
    """Whose badge it is. `language`: Graph's preferredLanguage. `photo`: the bytes of a PNG or JPEG."""

    name: str
    role: str = ""
    language: str = ""
    photo: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Life:
    """Of a code, what a badge says: its slot, its id, and when it ends, in any time zone."""

    kind: CodeKind
    code_id: str
    expires: datetime


@dataclass(frozen=True)
class Stationery:
    """What all badges of a site have in common. A template that is None is chosen by the printer's paper."""

    station: Station
    template: templates.Template | None = None
    pin_slip_template: templates.Template | None = None
    logo: bytes | None = field(default=None, repr=False)
    language: str = ""
    pin_slips: bool = False
    #: Whether badges have the worker's picture, which is then asked of Graph.
    photos: bool = False

    @classmethod
    def open(cls, config: Config) -> Stationery:
        """Read the templates and the logo the configuration names. Raises ConfigError naming file and key."""
        badge = config.badge
        return cls(
            station=config.station,
            template=_template(config, "template", "badge"),
            pin_slip_template=_template(config, "pin_slip_template", "pin_slip"),
            logo=_logo(config),
            language=badge.language,
            pin_slips=badge.pin_slip,
            photos=badge.photo,
        )

    def badge(self, symbol: qr.Symbol, holder: Holder, life: Life, paper: page.Printer) -> page.Drawn:
        """The page of one badge. Raises kiosk.badge.page.PageError."""
        artwork = page.Artwork(
            name=holder.name,
            organisation=self.station.organisation,
            station=self.station.name,
            kind=life.kind,
            expires=life.expires.astimezone(ZoneInfo(self.station.time_zone)),
            code_id=life.code_id,
            role=holder.role,
            language=holder.language or self.language,
            photo=holder.photo,
            logo=self.logo,
        )
        return page.compose(symbol, artwork, paper, self.template)

    def pin_slip(self, holder: Holder, pin: Secret, paper: page.Printer) -> Page:
        """The page of a PIN slip. Raises UsageError unless the configuration allows slips, and PageError."""
        if not self.pin_slips:
            raise UsageError("PIN slips are off", hint="show the PIN on the screen, or set badge.pin_slip = true")
        language = holder.language or self.language
        slip = Slip(holder.name, self.station.organisation, self.station.name, pin, language)
        return draw_slip(slip, paper, self.pin_slip_template)


def symbols(image: Secret, content: Secret, paper: page.Printer) -> Iterator[tuple[qr.Symbol, str]]:
    """What to print for a code and where it is from: Graph's image, and only when a page of that does not read as the
    code, one made of its content. Raises kiosk.badge.page.PageError when neither can be drawn.
    """
    try:
        yield qr.from_image(image), "image"
        why = "the image reads as something else"
    except qr.SymbolError as wrong:
        why = str(wrong)
    try:
        yield page.symbol_of(content, paper), f"content, because of {why}"
    except page.PageError:
        raise
    except ValueError as wrong:
        raise page.PageError(f"no code can be drawn of what Graph sent: {type(wrong).__name__}") from None


def only_badge(read: Sequence[Secret]) -> Badge | None:
    """The one badge among what a driver read in a page; the contents are forgotten."""
    badge = parse(read[0]) if len(read) == 1 else None
    for content in read:
        content.forget()
    return badge if isinstance(badge, Badge) else None


def nobodys(upn: str, *, random: bool = True) -> Secret:
    """A content as long as any, of a code that is nobody's, for rehearsals and test pages.

    Without `random` it is the same each time, for pictures in a manual.
    """
    start = f"ms-qrpin:v1|{upn}|{NOBODY}|"
    key = secrets.token_hex(_LONGEST) if random else "0123456789abcdef" * _LONGEST
    return Secret(start + key[: max(1, _LONGEST - len(start.encode()))])


def template_named(name: str, directory: str = "") -> templates.Template:
    """A template by the name of a packaged one, of one in `directory`, or of a file. Raises TemplateError."""
    own = Path(directory) / f"{name}.toml" if directory and not name.endswith(".toml") else Path(name)
    if own.suffix == ".toml" and (name.endswith(".toml") or own.is_file()):
        try:
            return templates.parse(own.read_text(encoding="utf-8"), str(own))
        except OSError as wrong:
            raise templates.TemplateError(f"{own}: {wrong.strerror}") from None
        except UnicodeDecodeError as wrong:
            raise templates.TemplateError(f"{own}: not UTF-8 text, at byte {wrong.start}") from None
    known = templates.packaged()
    if name not in known:
        there = [*known, *(file.stem for file in Path(directory).glob("*.toml"))] if directory else list(known)
        raise templates.TemplateError(f"no template is called {name!r}; {nearest(name, there)}")
    return known[name]


def _template(
    config: Config, key: Literal["template", "pin_slip_template"], document: Literal["badge", "pin_slip"]
) -> templates.Template | None:
    name: str = getattr(config.badge, key)
    if not name:
        return None
    try:
        found = template_named(name, config.badge.template_directory)
        if found.document != document:
            raise templates.TemplateError(f"{name} is a template of another document: {found.document}")
    except templates.TemplateError as wrong:
        raise ConfigError(f"{config.file or 'configuration'}: badge.{key}: {wrong}") from None
    return found


def _logo(config: Config) -> bytes | None:
    if not config.badge.logo:
        return None
    where = f"{config.file or 'configuration'}: badge.logo: {config.badge.logo}"
    try:
        data = Path(config.badge.logo).read_bytes()
        picture.dots(data, 8, 8)
    except OSError as wrong:
        raise ConfigError(f"{where}: {wrong.strerror}") from None
    except picture.PictureError as wrong:
        raise ConfigError(f"{where}: {wrong}") from None
    return data
