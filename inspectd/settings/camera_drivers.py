"""The camera drivers that are installed: what `driver` in the settings may name."""

from importlib.metadata import EntryPoint, entry_points

from inspectd.core.errors import ConfigurationError

_GROUP = "inspectd.cameras"


def installed_drivers() -> list[str]:
    """Their names, in order."""
    return sorted(entry_points(group=_GROUP).names)


def driver(name: str) -> EntryPoint:
    """The driver of that name, not loaded yet; ConfigurationError where there is none."""
    for point in entry_points(group=_GROUP, name=name):
        return point
    known = ", ".join(installed_drivers()) or "none"
    msg = f"no camera driver is called {name!r}; installed are: {known}"
    raise ConfigurationError(msg)
