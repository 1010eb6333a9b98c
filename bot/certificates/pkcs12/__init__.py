"""PKCS #12 containers (RFC 7292): structure, MAC, and who else can open them."""
