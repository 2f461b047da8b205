"""An Entra tenant in a box: sign-in and Microsoft Graph's QR + PIN method on loopback, stateful, over TLS.

It is a shipped fake that speaks the real protocol, so that the station, its tests and its demo need no live tenant:
real MSAL and any HTTP client talk to it unchanged. The rules it enforces are the published ones; where Microsoft's
pages leave something open, the docstring of the rule says what was chosen. The station never imports it.
"""
