"""A worker that takes no trials while its guard says so: workers/parts/breakable-worker.ts, in Python."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from temporalio.worker import Worker

from mabeam._breaker import Guard

# A little later than the rest is over, so that it is.
_MARGIN_S = 0.001


class Breakable:
    """Drains its worker when it is taken out, and makes another one when its rest is over."""

    def __init__(self, guard: Guard, create: Callable[[int | None], Worker]) -> None:
        """Makes the first worker.

        Args:
            guard: Says when.
            create: Makes a worker; with a number, one that has so many trials at once.
        """
        self._guard = guard
        self._create = create
        self._worker = create(None)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Runs until it is shut down, or its worker ends by itself."""
        while True:
            running = asyncio.create_task(self._worker.run())
            changed = asyncio.create_task(self._guard.changed())
            await asyncio.wait([running, changed], return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            if running.done():
                return running.result()
            await self._worker.shutdown()
            await running
            await self._rest()
            if self._stopping.is_set():
                return None
            self._worker = self._create(1 if self._guard.breaker.kind == "half-open" else None)

    async def _rest(self) -> None:
        while self._guard.breaker.kind == "open" and not self._stopping.is_set():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._guard.rest_s + _MARGIN_S)
            self._guard.rested()

    async def shutdown(self) -> None:
        """What was begun is finished, or given back."""
        self._stopping.set()
        await self._worker.shutdown()
