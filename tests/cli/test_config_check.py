"""`kiosk config check` says what will not work before the station is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

PRINTER = "[printers.a]\nkind = 'escpos'\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PRINTER + "to = 'tcp:192.0.2.7'", "printers.a: 'tcp:192.0.2.7' is no printer address; it is tcp:HOST:PORT"),
        (PRINTER + "to = 'tcp:h:1'\nflow = 'both'", "printers.a.flow: there is no 'both'; it is one of rts_cts"),
        (PRINTER + "to = 7", "printers.a.to: should be text, not a whole number"),
        (PRINTER + "to = 'tcp:h:1'\nprofile = 'receipt-79'", "printers.a.profile: no profile 'receipt-79'"),
        ("[scanners.a]\nkind = 'serial'\ndevice = 'COM3'", "scanners.a: 'COM3' is no serial port"),
        ("[badge]\ntemplate = 'receipt-90'", "badge.template: no template is called 'receipt-90'"),
        ("[badge]\nlogo = '/no/such.png'", "badge.logo: /no/such.png: No such file"),
    ],
)
def test_what_cannot_work_is_refused(kiosk: Run, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(text)

    done = kiosk("config", "check", "--config", file)

    assert done.returncode == 2
    assert says in done.stderr


def test_files_and_devices_that_are_not_there_are_said(kiosk: Run, tmp_path: Path) -> None:
    """They may come later, so they are no error."""
    there = tmp_path / "there.pem"
    there.touch()
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f"[graph]\ntenant_id = 't'\nclient_id = 'c'\ncertificate_file = '{there}'\nca_file = '/no/ca.pem'\n"
        f"{PRINTER}to = 'serial:/dev/no-such'\n[printers.b]\nkind = 'zpl'\nto = 'tcp:[::1]:9100'\n"
        "[scanners.front]\nkind = 'camera'\ndevice = '/dev/v4l/no-such'\nsocket = '/run/no.sock'\n"
        "[scanners.net]\nkind = 'camera'\ndevice = 'http://h/x'\n"
    )

    done = kiosk("config", "check", "--config", file)

    assert done.returncode == 0
    assert [line.strip() for line in done.stdout.splitlines() if "there is no" in line] == [
        "graph.ca_file: there is no /no/ca.pem",
        "scanners.front.socket: there is no /run/no.sock",
        "scanners.front.device: there is no /dev/v4l/no-such",
        "printers.a.to: there is no /dev/no-such",
    ]
