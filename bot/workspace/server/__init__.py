"""The HTTP server on loopback: the Web API, files, response addresses, sockets and the page."""
