"""A media record in, a preview out."""
