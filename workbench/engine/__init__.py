"""The long-lived objects a person's work depends on; knows no screen."""
