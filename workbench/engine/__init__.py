"""Long-lived objects a person's work depends on: sessions, runs, prompts, terminals; no screen."""
