"""What a session, a run, a console record, a prompt and an idle deadline are; pure data, no I/O."""
