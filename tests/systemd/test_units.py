"""The units: accepted by systemd without a word, well sealed, and starting programs that exist."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = (
    "kiosk.service",
    "kiosk-scanner@front.service",
    "kiosk-printer@front.service",
    "kiosk-network-printer@front.service",
)
SOCKETS = tuple(name.replace(".service", ".socket") for name in SERVICES[1:])
#: What `systemd-analyze security` may say at most; it counts from 0 (sealed) to 10, times ten here.
THRESHOLD = 25


def analyze(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words, f"--root={root}"], check=False, capture_output=True, text=True)


def settings(unit: Path) -> list[tuple[str, str, str]]:
    """Section, key and value of each line that sets something."""
    found, section = [], ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.append((section, key, value))
    return found


def template(name: str) -> str:
    return name.replace("@front", "@")


def test_every_shipped_unit_is_tested(shipped: Path) -> None:
    units = {unit.name for unit in [*shipped.glob("*.service"), *shipped.glob("*.socket")]}
    assert units == {template(name) for name in SERVICES + SOCKETS}


@pytest.mark.parametrize("name", SERVICES + SOCKETS)
def test_systemd_accepts_the_unit_without_a_word(root: Path, name: str) -> None:
    """Unknown and misplaced settings are only warnings to systemd, so silence is what is asked for."""
    verdict = analyze(root, "verify", "--man=no", name)
    assert (verdict.returncode, verdict.stderr) == (0, "")


def test_a_setting_in_the_wrong_section_would_be_found(root: Path) -> None:
    """The test above can fail: TriggerLimitIntervalSec= means nothing outside [Socket]."""
    unit = root / "etc/systemd/system/kiosk.service"
    unit.write_text(unit.read_text().replace("[Service]", "[Service]\nTriggerLimitIntervalSec=0"))
    assert "TriggerLimitIntervalSec" in analyze(root, "verify", "--man=no", "kiosk.service").stderr


@pytest.mark.parametrize("name", SERVICES)
def test_the_sandbox_scores_under_the_threshold(root: Path, name: str) -> None:
    verdict = analyze(root, "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager", name)
    assert verdict.returncode == 0, verdict.stdout


def test_a_service_without_a_sandbox_would_be_found(root: Path) -> None:
    (root / "etc/systemd/system/bare.service").write_text("[Service]\nExecStart=/opt/kiosk/venv/bin/kiosk\n")
    verdict = analyze(root, "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager", "bare.service")
    assert verdict.returncode != 0


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_stay_in_memory(shipped: Path, name: str) -> None:
    """No core dump and no swap, in every process through which a badge passes."""
    wanted = {("Service", "LimitCORE", "0"), ("Service", "CoredumpFilter", "0"), ("Service", "MemorySwapMax", "0")}
    assert wanted <= set(settings(shipped / template(name)))


@pytest.mark.parametrize("name", SERVICES)
def test_a_hanging_program_is_noticed_and_a_failing_one_is_never_given_up(shipped: Path, name: str) -> None:
    lines = settings(shipped / template(name))
    assert {("Unit", "StartLimitIntervalSec", "0"), ("Service", "Type", "notify")} <= set(lines)
    assert any(key == "WatchdogSec" for _, key, _ in lines)


def test_only_the_station_has_the_credential(shipped: Path) -> None:
    holders = {unit.name for unit in shipped.glob("*.service") if "\nLoadCredential" in unit.read_text()}
    assert holders == {"kiosk.service"}


@pytest.mark.parametrize("name", SOCKETS)
def test_a_socket_serves_the_station_alone_and_never_gives_up(shipped: Path, name: str) -> None:
    lines = set(settings(shipped / template(name)))
    assert {
        ("Socket", "Accept", "no"),
        ("Socket", "SocketUser", "kiosk"),
        ("Socket", "SocketMode", "0600"),
        ("Socket", "TriggerLimitIntervalSec", "0"),
    } <= lines
    role = "scanner" if "scanner" in name else "printer"
    assert ("Socket", "ListenStream", f"/run/kiosk/{role}-%i.sock") in lines


def test_a_printer_name_is_on_a_cable_or_on_the_network(shipped: Path) -> None:
    """Both listen on one path. Without an order, the one that stops would remove the path of the one that starts."""
    lines = set(settings(shipped / "kiosk-network-printer@.socket"))
    assert {("Unit", "Conflicts", "kiosk-printer@%i.socket"), ("Unit", "After", "kiosk-printer@%i.socket")} <= lines


@pytest.mark.parametrize("role", ["scanner", "printer"])
def test_a_driver_on_a_cable_has_one_device_and_no_network(shipped: Path, role: str) -> None:
    lines = settings(shipped / f"kiosk-{role}@.service")
    assert [value for _, key, value in lines if key == "DeviceAllow"] == [f"/dev/kiosk/{role}-%i rw"]
    assert {("Service", "DevicePolicy", "closed"), ("Service", "PrivateNetwork", "yes")} <= set(lines)


def test_a_driver_on_the_network_has_no_device(shipped: Path) -> None:
    lines = settings(shipped / "kiosk-network-printer@.service")
    assert ("Service", "PrivateDevices", "yes") in lines
    assert not [value for _, key, value in lines if key == "DeviceAllow"]


@pytest.mark.parametrize("name", SERVICES)
def test_the_command_exists_with_its_options(shipped: Path, name: str) -> None:
    """Each ExecStart= is a program of this virtual environment that knows the words and the options it is given."""
    (line,) = [value for _, key, value in settings(shipped / template(name)) if key == "ExecStart"]
    program, *words = shlex.split(line)
    first_option = next(place for place, word in enumerate(words) if word.startswith("--"))
    options = [word for word in words if word.startswith("--")]
    command = [str(Path(sys.executable).with_name(Path(program).name)), *words[:first_option], "--help"]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert [option for option in options if option not in told.stdout] == []
