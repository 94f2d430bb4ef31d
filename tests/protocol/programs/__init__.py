"""Programs as users of the client write them; the tests run each in a process of its own."""
