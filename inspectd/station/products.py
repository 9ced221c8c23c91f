"""What a station judges by, and the change from one product to another between two views."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inspectd.core.errors import ConfigurationError, InspectdError
from inspectd.core.job import Job
from inspectd.core.messages import Configure, RecipeTaken, TakeRecipe
from inspectd.core.reference import Reference
from inspectd.reference_file import read_reference
from inspectd.station.fields import correction_of
from inspectd.station.report import one_line
from inspectd.vision.warm import warm_reference

# The one that is active, the one that is to come, and the one to go back to.
_MOST_KEPT = 3


@dataclass(frozen=True, slots=True)
class Product:
    """A job, and the hashes that its results are stamped with."""

    job: Job
    recipe_sha256: str
    calibration_sha256: str
    reference_sha256: str


class Products:
    """Keeps the active product and what else has been loaded.

    `take` may be called by any thread and returns at once; a thread of its own loads, one after
    the other, and `answer`s. The judge reads `active` once for each view.
    """

    def __init__(self, configure: Configure, answer: Callable[[RecipeTaken], object]) -> None:
        calibration = configure.calibration
        job = Job(
            configure.recipe,
            calibration,
            correction_of(configure),
            taught_reference(configure.reference, configure.reference_sha256),
        )
        self.active = Product(
            job,
            configure.recipe.sha256,
            "" if calibration is None else calibration.sha256,
            configure.reference_sha256,
        )
        self._answer = answer
        self._loaded: OrderedDict[tuple[str, str], Product] = OrderedDict()
        self._keep(self.active)
        self._asked: queue.SimpleQueue[TakeRecipe | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="recipes", daemon=True)
        self._thread.start()

    def take(self, message: TakeRecipe) -> None:
        """Load a product, and judge by it if the message says so."""
        self._asked.put(message)

    def close(self) -> None:
        """Do what has been asked for, and end."""
        self._asked.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (message := self._asked.get()) is not None:
            self._answer(self._taken(message))

    def _taken(self, message: TakeRecipe) -> RecipeTaken:
        sha256 = message.recipe.sha256
        try:
            product = self._load(message)
        except InspectdError as error:
            return RecipeTaken(sha256, activated=False, why=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, the running product goes on
            return RecipeTaken(sha256, activated=False, why=one_line(error))
        self._keep(product)
        if message.activate:
            self.active = product
        return RecipeTaken(sha256, activated=message.activate)

    def _load(self, message: TakeRecipe) -> Product:
        active, recipe = self.active, message.recipe
        if recipe.shots != active.job.recipe.shots:
            msg = "its shots are others: the station must be started with it"
            raise ConfigurationError(msg)
        known = self._loaded.get((recipe.sha256, message.reference_sha256))
        if known is not None:
            return known
        reference = taught_reference(message.reference, message.reference_sha256)
        job = replace(active.job, recipe=recipe, reference=reference)
        return replace(
            active, job=job, recipe_sha256=recipe.sha256, reference_sha256=message.reference_sha256
        )

    def _keep(self, product: Product) -> None:
        key = (product.recipe_sha256, product.reference_sha256)
        self._loaded[key] = product
        self._loaded.move_to_end(key)
        while len(self._loaded) > _MOST_KEPT:
            self._loaded.popitem(last=False)


def taught_reference(path: str, sha256: str) -> Reference | None:
    """What was taught, and nothing else; ConfigurationError. None where nothing was."""
    if not path:
        return None
    reference = read_reference(Path(path))
    if reference.head.sha256 != sha256:
        msg = f"{path}: exchanged since the service read it: reload the service"
        raise ConfigurationError(msg)
    warm_reference(reference)
    return reference
