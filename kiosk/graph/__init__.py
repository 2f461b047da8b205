"""Microsoft Graph's QR code + PIN method: typed calls, sign-in, and errors an operator can act on."""
