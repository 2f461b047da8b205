"""The configuration is strict: what is wrong is named by file, whole key path and the nearest right key."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import config
from kiosk.config import ConfigError

GOOD = """
[station]
name = "gate 3"
[policy]
replacement = "attendant"
standard_days = 100
[scanners.front]
kind = "camera"
device = "/dev/kiosk/scanner-front"
socket = "/run/kiosk/scanner-front.sock"
[printers.receipt]
kind = "escpos"
to = "tcp:10.0.0.9:9100"
"""


def _load(tmp_path: Path, text: str) -> config.Config:
    file = tmp_path / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_a_good_file_is_taken_and_the_rest_are_defaults(tmp_path: Path) -> None:
    loaded = _load(tmp_path, GOOD)

    assert (loaded.station.name, loaded.policy.standard_days) == ("gate 3", 100)
    assert loaded.scanners["front"].socket == "/run/kiosk/scanner-front.sock"
    assert loaded.printers["receipt"].options.to == "tcp:10.0.0.9:9100"  # type: ignore[attr-defined]
    assert loaded.graph.version == "auto"


def test_without_a_file_everything_is_off() -> None:
    loaded = config.load(None)

    assert loaded.policy.replacement == "nobody"
    assert (loaded.scanners, loaded.printers, loaded.graph.tenant_id) == ({}, {}, "")


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("[stations]", "stations", "did you mean station?"),
        ("name = 'x'", "name", "no such section"),
        ("station = 'x'", "station", "table"),
        ("[station]\nnmae = 'x'", "station.nmae", "did you mean name?"),
        ("[station]\nname = 7", "station.name", "should be text, not a whole number"),
        ("[station]\ntime_zone = 'Europe/Atlantis'", "station.time_zone", "no zone 'Europe/Atlantis'"),
        ("[station]\ntime_zone = '../../etc/passwd'", "station.time_zone", "no zone"),
        ("[policy]\nstandard_days = 400", "policy.standard_days", "395"),
        ("[policy]\nreplacement = 'everybody'", "policy.replacement", "it is one of nobody, supervisor, attendant"),
        ("[graph]\ndomains = ['a', 3]", "graph.domains[1]", "should be text, not a whole number"),
        ("[scanners]\nfront = 'x'", "scanners.front", "table"),
        ("[scanners.front]\nkind = 'cmaera'", "scanners.front.kind", "did you mean camera?"),
        ("[scanners.front]\ndevice = 'x'", "scanners.front.kind", "no such kind"),
        ("[scanners.front]\nkind = 'camera'\ndevcie = 'x'", "scanners.front.devcie", "did you mean device?"),
        ("[scanners.front]\nkind = 'camera'", "scanners.front", "device"),
        ("[printers.a]\nkind = 'escpos'\nto = 'tcp:h:1'\nsocket = 3", "printers.a.socket", "path"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, path: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'kiosk.toml'}: {path}: ")
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["[station\nname = 1", "a = ", "a = 1\na = 2"])
def test_a_syntax_error_has_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"at line \d+, (column \d+|the last)"):
        _load(tmp_path, text)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        config.load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match=r"kiosk\.toml"):
        config.load(file)


def test_state_is_kept_where_systemd_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}/a:{tmp_path}/b")

    assert config.load(None).registry_path == tmp_path / "a/registry.db"


def test_what_is_shown_can_be_read_back() -> None:
    shown = config.shown(config.load(None))
    assert shown.pop("file") is None

    assert config.shown(config.parse(shown, None)) == {"file": None, **shown}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["station", "graph", "policy", "scanners", "printers", "name", "kind", "escpos", "x"])


@given(st.dictionaries(names, st.dictionaries(names, values, max_size=3) | values, max_size=4))
def test_no_table_raises_anything_but_what_is_wrong_with_it(table: dict[str, object]) -> None:
    with suppress(ConfigError):
        config.parse(table, None)
