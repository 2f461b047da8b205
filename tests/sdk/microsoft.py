"""Microsoft's SDK pointed at the box: the only things said to it are where Graph and Entra are, and whom to trust."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from azure.identity.aio import (
    CertificateCredential,
    ClientSecretCredential,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.models.qr_pin import QrPin
from msgraph_beta.graph_request_adapter import options
from msgraph_core import APIVersion, GraphClientFactory

SCOPE = "https://graph.microsoft.com/.default"


def entra(about: dict[str, Any]) -> dict[str, Any]:
    """What azure-identity has to know of an authority that is not Microsoft's."""
    return {
        "authority": about["authority"].rpartition("/")[0],
        "disable_instance_discovery": True,
        "connection_verify": about["ca_file"],
    }


def secret(about: dict[str, Any], **more: Any) -> Any:
    """The application by its client secret."""
    value = about["authenticate"]["client_secret"]
    return ClientSecretCredential(about["tenant_id"], about["client_id"], value, **entra(about), **more)


def certificate(about: dict[str, Any]) -> Any:
    """The application by its certificate."""
    path = about["authenticate"]["certificate_file"]
    return CertificateCredential(about["tenant_id"], about["client_id"], path, **entra(about))


@asynccontextmanager
async def signed_in(about: dict[str, Any], credential: Any = None) -> AsyncIterator[Any]:
    """The SDK's client, with the middleware it comes with."""
    trust = ssl.create_default_context(cafile=about["ca_file"])
    bare = httpx.AsyncClient(verify=trust, trust_env=False, timeout=10, http2=True)
    async with credential or secret(about) as signs_in:
        http = GraphClientFactory.create_with_default_middleware(
            api_version=APIVersion.beta, client=bare, options=options
        )
        provider = AzureIdentityAuthenticationProvider(signs_in, scopes=[SCOPE], allowed_hosts=["127.0.0.1"])
        adapter = GraphRequestAdapter(provider, client=http)
        adapter.base_url = f"{about['graph_url']}/beta"
        async with http:
            yield GraphServiceClient(request_adapter=adapter)


def asking(parameters: Any = None, **headers: str) -> Any:
    """A request with query parameters and headers."""
    configuration = RequestConfiguration(query_parameters=parameters)
    for name, value in headers.items():
        configuration.headers.add(name.replace("_", "-"), value)
    return configuration


def no_pin() -> Any:
    """The body of a reset: a PIN without digits, which Entra makes."""
    return QrPin(code="")
