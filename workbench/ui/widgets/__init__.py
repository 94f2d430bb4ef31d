"""Widgets that know no engine."""
