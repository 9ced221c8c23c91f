"""Two ends of a serial line, by socat."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from support.tools import program


@asynccontextmanager
async def serial_line() -> AsyncIterator[tuple[str, str]]:
    """The devices of both ends, as long as socat runs."""
    socat = program("socat")
    with tempfile.TemporaryDirectory() as folder:
        ends = [Path(folder) / "ours", Path(folder) / "plcs"]
        process = await asyncio.create_subprocess_exec(
            socat, *(f"pty,raw,echo=0,link={end}" for end in ends)
        )
        try:
            async with asyncio.timeout(60):
                while not all(end.exists() for end in ends):  # noqa: ASYNC110 - socat says nothing
                    await asyncio.sleep(0.001)
            yield str(ends[0]), str(ends[1])
        finally:
            process.terminate()
            await process.wait()
