"""The command `backend-tui`."""
