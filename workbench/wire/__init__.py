"""The Backend.AI protocol as a client."""
