"""Driver processes, seen from the station: links to them, their supervision, and what scanners and printers are."""
