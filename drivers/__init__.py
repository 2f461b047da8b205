"""One small blocking program per device. Speaks JSON lines with the station; knows nothing of it."""
