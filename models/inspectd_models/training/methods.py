"""The methods by name. Networks need PyTorch, which not every installation has."""

from inspectd.core.errors import ConfigurationError
from inspectd_models.training.method import Method

CLASSICAL = ("hog-svm", "hog-knn", "sift-bow-svm")
NETWORKS = ("cnn", "head")


def find_method(name: str) -> Method:
    """One method. ConfigurationError where what it needs is not installed."""
    try:
        if name in NETWORKS:
            from inspectd_models.training.network import NETWORKS as NETS  # noqa: PLC0415

            return next(each for each in NETS if each.name == name)
        from inspectd_models.training.classical import CLASSICAL as SEEN  # noqa: PLC0415

        return next(each for each in SEEN if each.name == name)
    except ModuleNotFoundError as error:
        msg = (
            f"{name}: {error.name} is missing; install inspectd[side,train], and for networks "
            "PyTorch (requirements/torch.txt)"
        )
        raise ConfigurationError(msg) from None
