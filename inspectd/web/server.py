"""The page's server in the supervisor's loop."""

from inspectd.observe.http import HttpServer
from inspectd.settings.web import WebSettings
from inspectd.web.alarms import AlarmControls
from inspectd.web.board import Board
from inspectd.web.events import Hub
from inspectd.web.routes import make_app
from inspectd.web.verification import VerificationDesk

# A browser opens up to six connections to one host for pictures, beside its event stream.
_CONNECTIONS_PER_CLIENT = 7


class WebServer:
    """Serves the page and its API. Order: `start`, then `stop`, both on the loop's thread.

    It only reads the board; what a browser may ask for is done by `desk`
    (`inspectd.web.verification`), and without one nothing that it sends changes anything.
    """

    def __init__(
        self,
        settings: WebSettings,
        board: Board,
        desk: VerificationDesk | None = None,
        alarms: AlarmControls | None = None,
    ) -> None:
        self._hub = Hub(board, settings.max_clients)
        self._server = HttpServer(
            make_app(board, self._hub, desk, alarms),
            settings.host,
            settings.port,
            "web",
            settings.max_clients * _CONNECTIONS_PER_CLIENT,
        )

    @property
    def port(self) -> int:
        """The port in use once started."""
        return self._server.port

    @property
    def clients(self) -> int:
        """Browsers that follow the line now."""
        return self._hub.clients

    @property
    def clients_dropped(self) -> int:
        """Browsers cut off since start because they did not keep up."""
        return self._hub.dropped

    async def start(self) -> None:
        """Listen. PublishError where the port is busy."""
        await self._server.start()

    async def stop(self) -> None:
        """End the event streams and close the port."""
        self._hub.close()
        await self._server.stop()
