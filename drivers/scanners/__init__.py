"""What reads badges: one file per kind of device."""
