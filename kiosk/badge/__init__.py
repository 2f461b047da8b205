"""What a badge is: its content, its symbol, its page, and the verdict on a scan of it. Pure: no I/O, no clock."""
