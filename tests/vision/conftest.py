import pytest

from inspectd.vision.warm import warm_up


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_compiled() -> None:
    """Or whichever test comes first would pay for it, and miss hypothesis's deadline."""
    warm_up()
