"""Settings, profiles, themes and paths."""
