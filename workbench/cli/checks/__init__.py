"""What `backend-tui doctor` looks at, one module a subject."""
