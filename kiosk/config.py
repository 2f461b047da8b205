"""The configuration file: strict, frozen, and precise about what is wrong with it."""

from __future__ import annotations

import os
import tomllib
import typing
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from drivers.wire import options as drivers
from drivers.wire.mismatch import explained
from drivers.wire.options import OptionError, nearest
from kiosk.errors import UsageError

SYSTEM_FILE: Final = Path("/etc/kiosk/kiosk.toml")
#: Where journald, or another syslog, listens on this machine.
JOURNAL: Final = Path("/dev/log")


class ConfigError(UsageError):
    """The configuration cannot be used. `str` names the file, the key's whole path, and the nearest right one."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Station(_Section, frozen=True):
    """`name` is printed on badges and journaled. `state_directory`: where the station keeps what it must."""

    name: str = "station"
    organisation: str = ""
    time_zone: str = "UTC"
    state_directory: str = ""


class Graph(_Section, frozen=True):
    """How Microsoft Graph is reached. Without `tenant_id` it is not, and verdicts rest on the registry alone.

    `certificate_file`: a PEM file with the key and certificate of the app registration, usually a systemd
    credential. Where it holds the key alone, `certificate_chain_file` holds the certificates, the app's first, or
    `certificate_thumbprint` names the app's by its SHA-1. `client_secret_file`: a client secret; a certificate is
    better. `managed_identity`: the machine's own, of Azure Arc. `domains`: the tenant's.
    """

    tenant_id: str = ""
    client_id: str = ""
    certificate_file: str = ""
    certificate_chain_file: str = ""
    certificate_thumbprint: str = ""
    client_secret_file: str = ""
    managed_identity: bool = False
    base_url: str = "https://graph.microsoft.com"
    authority: str = "https://login.microsoftonline.com"
    ca_file: str = ""
    version: Literal["v1.0", "beta", "auto"] = "auto"
    domains: tuple[str, ...] = ()


class Registry(_Section, frozen=True):
    """`path` of the SQLite file; empty for `registry.db` in the state directory.

    `retention_days`: how long the audit says who it was. `syslog`: where the hash of each of its entries is sent
    besides the log: a socket or HOST:PORT, empty for this machine's journal where it has one, "none" for nowhere.
    """

    path: str = ""
    retention_days: typing.Annotated[int, msgspec.Meta(ge=1, le=3650)] = 180
    syslog: str = ""


class Policy(_Section, frozen=True):
    """What may be done here. `replacement`: by nobody, by a supervisor who signs in with a phone and never for
    themselves, or by whoever stands at the station (one behind a counter).

    `standard_days`: days a new standard code lives, 1 to 395; `temporary_hours`: hours a temporary one does, 1 to 12.
    `accept_unknown_printer`: go on with a printer that answers no status question. `accept_tenant_wide`: be content
    with a permission to change everybody's method in the tenant, which a station needs for its own people alone.

    `second_person`: what takes two approvers. `single_approver_enrolment`: one is enough for an enrolment, which
    gives a code and a PIN at once. `copying`: a worn badge may be printed again from its own scan, once: a clone.
    `leaving`: the method of somebody who leaves may be deleted here. `administrative_unit`: the id of the one whose
    people are this site's. `supervisors_group`: the id of the group whose members may approve with badge and station
    PIN. `per_hour_station`, `per_hour_person`: replacements within an hour, at most. `printed_not_scanned`: badges of
    work lists that may be printed and not yet scanned back, 1 to 20.
    """

    replacement: Literal["nobody", "supervisor", "attendant"] = "nobody"
    standard_days: typing.Annotated[int, msgspec.Meta(ge=1, le=395)] = 365
    temporary_hours: typing.Annotated[int, msgspec.Meta(ge=1, le=12)] = 12
    accept_unknown_printer: bool = False
    accept_tenant_wide: bool = False
    second_person: tuple[Literal["lost", "stolen", "pin_forgotten", "forgotten", "leaves"], ...] = ()
    single_approver_enrolment: bool = False
    copying: bool = False
    leaving: bool = False
    administrative_unit: str = ""
    supervisors_group: str = ""
    per_hour_station: typing.Annotated[int, msgspec.Meta(ge=1)] = 60
    per_hour_person: typing.Annotated[int, msgspec.Meta(ge=1)] = 3
    printed_not_scanned: typing.Annotated[int, msgspec.Meta(ge=1, le=20)] = 3


class Ui(_Section, frozen=True):
    """Seconds: `idle_seconds` until a verdict is taken off, `scan_back_seconds` to hold up the new badge,
    `trouble_seconds` until a question nobody answers is given up, and with it what is in memory; `away_seconds`
    that a badge must have been out of sight to count as shown again, `sign_in_seconds` to sign in with a phone.
    """

    idle_seconds: drivers.Seconds = 30.0
    scan_back_seconds: drivers.Seconds = 60.0
    trouble_seconds: drivers.Seconds = 600.0
    away_seconds: drivers.Seconds = 1.5
    sign_in_seconds: drivers.Seconds = 300.0


class Badge(_Section, frozen=True):
    """What badges look like. `template`: a packaged one, one of `template_directory`, or a `.toml` file; empty for
    the one that goes with the printer's paper. `pin_slip_template`: the same for PIN slips.

    `logo`: a PNG or JPEG file. `photo`: the worker's picture is read from Graph. `language`: of workers whose own is
    not known, such as `de-AT`. `pin_slip`: a new PIN may be printed, on a slip of its own.
    """

    template: str = ""
    template_directory: str = ""
    pin_slip_template: str = ""
    logo: str = ""
    photo: bool = False
    language: str = ""
    pin_slip: bool = False


class Roll(_Section, frozen=True):
    """`stock`: labels or badges a full roll of a printer has, 0 when nobody counts. `low_stock`: how many are few."""

    stock: drivers.NotNegative = 0
    low_stock: drivers.NotNegative = 10


class Device(msgspec.Struct, frozen=True):
    """One `[scanners.NAME]` or `[printers.NAME]`: its `kind`, and the options of that kind.

    `socket`: the driver systemd starts when this socket is connected to; without it the station starts one itself.
    `roll`: what the station counts; the driver is not told.
    """

    kind: str
    options: drivers.Options
    socket: str = ""
    roll: Roll = Roll()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `file` is where it came from, None for the defaults."""

    file: Path | None
    station: Station
    graph: Graph
    registry: Registry
    policy: Policy
    ui: Ui
    badge: Badge
    scanners: dict[str, Device]
    printers: dict[str, Device]

    @property
    def state_directory(self) -> Path:
        """Where state is kept: as set, else systemd's StateDirectory=, else the user's own (XDG)."""
        chosen = self.station.state_directory or os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
        if chosen:
            return Path(chosen)
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
        return Path(base) / "kiosk"

    @property
    def only_supervisors(self) -> bool:
        """Whether the station has no credential of its own, and Graph is asked in a supervisor's name alone."""
        graph = self.graph
        own = graph.certificate_file or graph.client_secret_file or graph.managed_identity
        return self.policy.replacement == "supervisor" and not own

    @property
    def zone(self) -> ZoneInfo:
        """The site's own time."""
        return ZoneInfo(self.station.time_zone)

    @property
    def syslog(self) -> str:
        """Where the hash of each audit entry goes besides the log; empty where that is nowhere."""
        # The station's own log is a file of the station's own, and its commands have none.
        here = str(JOURNAL) if JOURNAL.is_socket() else ""
        return "" if self.registry.syslog == "none" else self.registry.syslog or here

    @property
    def registry_path(self) -> Path:
        """The registry's file."""
        return Path(self.registry.path) if self.registry.path else self.state_directory / "registry.db"


_SECTIONS: Final[dict[str, type[_Section]]] = {
    "station": Station,
    "graph": Graph,
    "registry": Registry,
    "policy": Policy,
    "ui": Ui,
    "badge": Badge,
}
_ROLL: Final = Roll.__struct_fields__
_NEEDED: Final = {"tenant_id": "tenant", "client_id": "app registration"}
_DEVICES: Final = {"scanners": drivers.SCANNERS, "printers": drivers.PRINTERS}


def find() -> Path | None:
    """The file used when none is named: `$KIOSK_CONFIG`, else the system's, else none."""
    named = os.environ.get("KIOSK_CONFIG")
    if named:
        return Path(named)
    return SYSTEM_FILE if SYSTEM_FILE.exists() else None


def load(file: Path | None) -> Config:
    """Read and check `file`; None gives the defaults. Raises ConfigError."""
    return parse(_read(file) if file else {}, file)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as wrong:
        raise ConfigError(f"{file}: {wrong.strerror}", hint="name another with --config FILE") from None
    except UnicodeDecodeError as wrong:
        raise ConfigError(f"{file}: not UTF-8 text, at byte {wrong.start}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        last = f"at line {text.count(chr(10)) + 1}, the last"
        reason = str(wrong).replace("at end of document", last)
        raise ConfigError(f"{file}: {reason}", hint="see https://toml.io for how a line is written") from None


def parse(table: dict[str, Any], file: Path | None) -> Config:
    """Check what was read. Raises ConfigError."""
    known = [*_SECTIONS, *_DEVICES]
    for name, value in table.items():
        if name not in known:
            raise _error(file, name, f"there is no such section; {nearest(name, known)}")
        if not isinstance(value, dict):
            raise _error(file, name, "this is a section: write it as a table")
    sections = {name: _section(table.get(name, {}), shape, name, file) for name, shape in _SECTIONS.items()}
    devices = {name: _devices(table.get(name, {}), kinds, name, file) for name, kinds in _DEVICES.items()}
    config = Config(file=file, **sections, **devices)  # type: ignore[arg-type]
    _require_zone(config)
    _require_sign_in(config)
    return config


def _require_zone(config: Config) -> None:
    try:
        config.zone.utcoffset(None)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = config.station.time_zone
        raise _error(
            config.file, "station.time_zone", f"there is no zone {zone!r}; it is like Europe/Berlin"
        ) from None


def _require_sign_in(config: Config) -> None:
    if config.policy.replacement != "supervisor":
        return
    for key in ("tenant_id", "client_id"):
        if not getattr(config.graph, key):
            reason = f'replacement = "supervisor" needs it: the {_NEEDED[key]} supervisors sign in to'
            raise _error(config.file, f"graph.{key}", reason)


def _section(table: dict[str, Any], shape: type[_Section], path: str, file: Path | None) -> _Section:
    right = [field.name for field in msgspec.structs.fields(shape)]
    for name in table:
        if name not in right:
            raise _error(file, f"{path}.{name}", f"there is no such key; {nearest(name, right)}")
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as wrong:
        key, reason = explained(wrong, shape)
        raise _error(file, f"{path}.{key}" if key else path, reason) from None


def _devices(
    table: dict[str, Any], kinds: dict[str, type[drivers.Options]], path: str, file: Path | None
) -> dict[str, Device]:
    return {name: _device(value, kinds, f"{path}.{name}", file) for name, value in table.items()}


def _device(value: Any, kinds: dict[str, type[drivers.Options]], path: str, file: Path | None) -> Device:
    if not isinstance(value, dict):
        raise _error(file, path, "a device is a table: give it a name and a kind")
    options = dict(value)
    kind, socket = options.pop("kind", None), options.pop("socket", "")
    if not isinstance(kind, str) or kind not in kinds:
        raise _error(file, f"{path}.kind", f"no such kind of device; {nearest(str(kind), list(kinds))}")
    if not isinstance(socket, str):
        raise _error(file, f"{path}.socket", "expected the path of a socket")
    counted = _ROLL if issubclass(kinds[kind], drivers.PaperOptions) else ()
    right = [*(field.name for field in msgspec.structs.fields(kinds[kind])), *counted]
    for name in options:
        if name not in right:
            raise _error(file, f"{path}.{name}", f"kind {kind} has no such option; {nearest(name, right)}")
    roll = _section({name: options.pop(name) for name in counted if name in options}, Roll, path, file)
    assert isinstance(roll, Roll)
    try:
        return Device(kind=kind, options=drivers.read(kind, options, kinds), socket=socket, roll=roll)
    except OptionError as wrong:
        raise _error(file, f"{path}.{wrong.key}" if wrong.key else path, wrong.reason) from None


def _error(file: Path | None, path: str, reason: str) -> ConfigError:
    return ConfigError(f"{file or 'configuration'}: {path}: {reason}")


def shown(config: Config) -> dict[str, Any]:
    """The whole configuration with its defaults, as plain values. It names files of secrets and holds none."""
    plain: dict[str, Any] = {name: msgspec.to_builtins(getattr(config, name)) for name in _SECTIONS}
    for name in _DEVICES:
        plain[name] = {
            key: {"kind": device.kind, **({"socket": device.socket} if device.socket else {})}
            | msgspec.to_builtins(device.options)
            | (msgspec.to_builtins(device.roll) if isinstance(device.options, drivers.PaperOptions) else {})
            for key, device in getattr(config, name).items()
        }
    return {"file": str(config.file) if config.file else None, **plain}
