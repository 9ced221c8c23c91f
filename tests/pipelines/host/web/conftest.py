from support.browser import browser as browser  # noqa: PLC0414 - a fixture of this room
