import pytest
from support.side import MakeSettings

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.registry import find_pipelines
from inspectd.pipelines.host.site import Site


@pytest.mark.usefixtures("make_settings")
def test_a_pipeline_that_cannot_be_used_is_off_with_its_reason() -> None:
    registry = find_pipelines()
    assert "tint" in registry.pipelines
    assert registry.off["lacks"] == "no_such_library is missing; install inspectd[lacks]"
    assert registry.off["bad"] == "RuntimeError: badly made"
    with pytest.raises(ConfigurationError, match="pipeline lacks is off: no_such_library"):
        registry.get("lacks")
    with pytest.raises(ConfigurationError, match=r"no pipeline is called 'x'; there are: .*tint"):
        registry.get("x")


def test_options_are_the_requests_over_the_settings_over_the_pipelines(
    make_settings: MakeSettings,
) -> None:
    with Site(make_settings(options={"tint": {"threshold": 0.7}})) as site:
        assert site.options("tint", {}).model_dump() == {"threshold": 0.7}
        assert site.options("tint", {"threshold": 0.1}).model_dump() == {"threshold": 0.1}


def test_an_unknown_option_is_named_with_those_that_there_are(site: Site) -> None:
    with pytest.raises(ConfigurationError, match=r"tint: option thresold: unknown .*threshold"):
        site.options("tint", {"thresold": 1})
    with pytest.raises(ConfigurationError, match="option threshold: Input should be a valid"):
        site.options("tint", {"threshold": "much"})
