"""The replacement of a badge: what is planned, who may, and how it is done so that nobody is left without one."""
