"""What station and drivers share: messages, framing, options, secrets. All of `drivers` that `kiosk` may import."""
