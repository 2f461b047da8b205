"""Where a printer's bytes go. Knows no printer language."""
