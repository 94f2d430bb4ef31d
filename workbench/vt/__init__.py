"""Terminal emulation: bytes in, styled rows out, keys and mouse to bytes."""
