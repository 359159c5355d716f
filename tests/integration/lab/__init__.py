"""The laboratory of the whole-program tests: name servers, networks, CAs, clients and XMPP servers to switch on."""
