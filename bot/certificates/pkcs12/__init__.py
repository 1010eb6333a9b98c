"""PKCS #12 containers (RFC 7292): structure, MAC, contents, and which other tools can open them."""
