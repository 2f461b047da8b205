"""`python -m kiosk.harness desk`, `printer`, `camera`, `scanner` and `draw`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kiosk.errors import KioskError
from kiosk.harness import camera_process, desk_process, printer_file, printer_process, scanner_process
from kiosk.harness.badge_views.view import KINDS, Kind
from kiosk.harness.printer_model import Language
from kiosk.harness.printer_wires import Pty, Tcp

_port = click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The printer's TCP port; 0 is any free one."
)
_keep = click.option("--keep", type=click.Path(path_type=Path), help="A folder to keep pictures of the paper in.")
_width = click.option(
    "--width", type=click.IntRange(64, 4096), default=576, help="The print head's dots; a multiple of 8."
)
_dpi = click.option("--dpi", type=click.IntRange(100, 600), default=203, help="Dots an inch.")
_language = click.option(
    "--language", type=click.Choice(["escpos", "zpl"]), default="escpos", help="What the printer speaks."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Devices that are not there: for the demo, for tests, for trying a station without hardware."""


@main.command()
@click.option("--camera", type=click.Path(path_type=Path), help="Where the camera's FIFO is to be.")
@click.option("--fps", type=click.FloatRange(0.1, 60), default=10.0, help="Frames a second.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, help="Decides the grain of the desk and each sheet's fate."
)
@_port
@_keep
@_width
@_dpi
@_language
def desk(
    *,
    camera: Path | None,
    fps: float,
    seed: int,
    port: int,
    keep: Path | None,
    width: int,
    dpi: int,
    language: Language,
) -> None:
    """A printer, a camera, and the hand between them. Takes commands on stdin, tells events on stdout."""
    desk_process.run(desk_process.Options(camera, keep, port, width, dpi, fps, seed, language))


@main.command()
@click.option("--pty", is_flag=True, help="On a pseudo terminal, like a serial port, instead of a TCP port.")
@_port
@_keep
@_width
@_dpi
@_language
def printer(*, pty: bool, port: int, keep: Path | None, width: int, dpi: int, language: Language) -> None:
    """A printer alone, until SIGTERM or Ctrl-C."""
    printer_process.run(language, Pty() if pty else Tcp(port), keep, width, dpi)


@main.command()
@click.option("--kind", type=click.Choice(KINDS), default="plain", help="What befell the badges it is shown.")
@click.option("--fps", type=click.FloatRange(0.1, 30), default=10.0, help="Frames a second.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Decides how they are held.")
def camera(*, kind: Kind, fps: float, seed: int) -> None:
    """A network camera before which a badge of nobody's is held up again and again, until SIGTERM or Ctrl-C.

    A line typed is a fault: freeze, repeat, disconnect, half, type, missing, slow; or well.
    """
    camera_process.run(kind, seed, fps)


@main.command()
@click.option("--at", type=click.Path(path_type=Path), help="Where the link to its pseudo terminal is to be.")
@click.option("--network", is_flag=True, help="At a device server (RFC 2217) instead of a pseudo terminal.")
@click.option(
    "--family", type=click.Choice(["honeywell", "zebra", "datalogic"]), default="honeywell", help="Its commands."
)
def scanner(*, at: Path | None, family: str, network: bool) -> None:
    """A serial scanner that scans each line typed, until Ctrl-D, SIGTERM or Ctrl-C.

    A line that begins with ! befalls it: !unplug, !plug, !show CODE (read on a trigger), !half CODE, !xoff, !xon,
    !garbage, !long; !! scans a line that begins with !.
    """
    scanner_process.run(at, family, network=network)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_keep
@_width
@_dpi
@_language
def draw(*, file: Path, keep: Path | None, width: int, dpi: int, language: Language) -> None:
    """The paper that FILE, the bytes sent to a printer, would have made."""
    printer_file.run(file, keep, language, width, dpi)


def _run() -> int:
    try:
        main(prog_name="python -m kiosk.harness")
    except KioskError as error:
        click.echo(f"{error}. {error.hint}".rstrip(". ") + ".", err=True)
        return error.exit_code
    except OSError as error:
        click.echo(f"{error}.", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_run())
