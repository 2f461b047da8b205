"""The accounts and directories: made by systemd's own tools, in a root directory of their own."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not on this machine")
def test_the_station_gets_an_account_that_owns_no_device(shipped: Path, tmp_path: Path) -> None:
    """A user that nobody can log in as, and a group for devices with nobody in it."""
    (tmp_path / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", shipped / "sysusers.d/kiosk.conf"], check=True)
    (user,) = (tmp_path / "etc/passwd").read_text().splitlines()
    assert (user.split(":")[0], user.split(":")[-2:]) == ("kiosk", ["/var/lib/kiosk", "/usr/sbin/nologin"])
    groups = [line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines()]
    assert {name: members for name, _, _, members in groups} == {"kiosk": "", "kiosk-hw": ""}


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd-tmpfiles is not on this machine")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another account")
def test_only_root_writes_the_settings_and_only_root_reads_the_certificate(shipped: Path, tmp_path: Path) -> None:
    group = grp.getgrall()[-1]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text(f"kiosk:x:{group.gr_gid}:\nroot:x:0:\n")
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    settings = tmp_path / "etc/kiosk"
    settings.mkdir()
    for name in ("kiosk.toml", "graph-certificate.pem"):
        (settings / name).touch(0o644)
    subprocess.run(
        ["systemd-tmpfiles", f"--root={tmp_path}", "--create", shipped / "tmpfiles.d/kiosk.conf"], check=True
    )
    found = {
        path: (path.stat().st_mode & 0o777, path.stat().st_uid, path.stat().st_gid) for path in settings.iterdir()
    }
    assert found == {
        settings / "kiosk.toml": (0o640, 0, group.gr_gid),
        settings / "graph-certificate.pem": (0o600, 0, 0),
    }
    for directory in (settings, tmp_path / "run/kiosk"):
        assert (directory.stat().st_mode & 0o777, directory.stat().st_gid) == (0o750, group.gr_gid)
