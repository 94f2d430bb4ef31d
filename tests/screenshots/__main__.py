"""`python -m tests.screenshots` draws the pictures of the README."""

import asyncio

from tests.screenshots.draw import main

asyncio.run(main())
