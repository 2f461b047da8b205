"""What prints badges: one file per language, and the two-phase driver they share."""
