"""TLS for the box: a certificate authority that lives as long as it does."""

from __future__ import annotations

import os
import ssl

import trustme


class ThrowAwayAuthority:
    """A certificate authority with one certificate, for loopback. Only its public part is ever written to a disk."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._leaf = self._authority.issue_cert("127.0.0.1", "localhost")

    def pem(self) -> bytes:
        """The authority's certificate, for the client to trust."""
        return self._authority.cert_pem.bytes()

    def server_context(self) -> ssl.SSLContext:
        """The server's side. The key reaches OpenSSL, which takes only files, through one that lives in memory."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        descriptor = os.memfd_create("tenant-tls")
        with open(descriptor, "wb") as memory:  # noqa: PTH123 - it has no path of its own
            memory.write(self._leaf.private_key_and_cert_chain_pem.bytes())
            memory.flush()
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        return context
