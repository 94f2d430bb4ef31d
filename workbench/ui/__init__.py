"""The screen (Textual)."""
