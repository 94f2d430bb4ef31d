"""Programs that run inside a session, in its own Python; nothing here is imported by the client."""
