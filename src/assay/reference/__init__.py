"""The embedded reference servers: one per contract, written from the documents and from nothing else.

They know nothing of the checks: a server written from the checks would prove nothing about them. Real HTTP on
loopback, state in SQLite; every point of behaviour is a small method that a deliberate fault can override.
"""
