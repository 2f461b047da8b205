"""One view for each phase of a visit."""
