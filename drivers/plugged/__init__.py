"""What is plugged in, read from sysfs and /dev without opening a device."""
