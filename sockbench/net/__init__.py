"""The only code that waits: sockets, servers and client drivers under Trio nurseries."""
