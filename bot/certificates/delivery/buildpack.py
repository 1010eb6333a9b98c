"""The form ``buildpack``: the environment variables of the Mendix build pack (Cloud Foundry, Docker).

The build pack joins passwords with commas, takes ``pin_to`` as a list, and reads an empty variable as broken JSON.
"""

from __future__ import annotations

import json
import shlex
from base64 import b64encode

from bot.certificates.delivery.bundle import Bundle
from bot.certificates.delivery.pem_text import certificates_pem

CLIENT_CERTIFICATES = "CLIENT_CERTIFICATES"
CERTIFICATE_AUTHORITIES = "CERTIFICATE_AUTHORITIES"


def variables(bundle: Bundle) -> dict[str, str]:
    """Return both variables; without CA certificates the second is empty, which the build pack takes for none."""
    clients = [
        {
            "pfx": b64encode(one.container).decode(),
            "password": one.password.get_secret_value(),
            "pin_to": list(one.pins),
        }
        for one in bundle.clients
    ]
    return {
        CLIENT_CERTIFICATES: json.dumps(clients, separators=(",", ":")),
        CERTIFICATE_AUTHORITIES: certificates_pem(one.der for one in bundle.authorities),
    }


def buildpack_form(bundle: Bundle) -> str:
    """Return the variables as a JSON object."""
    return json.dumps(variables(bundle))


def buildpack_shell_form(bundle: Bundle) -> str:
    """Return the variables as lines that a POSIX shell reads."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables(bundle).items())
