from pathlib import Path
from typing import Any

import pytest
import tomli_w
from inspectd_models.published import published, published_names
from support.models import write_model
from support.side import WEIGHTS
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.core.errors import ConfigurationError
from inspectd.infer.store import sha256_of


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "side.toml"
    file.write_text(tomli_w.dumps({"store": {"folder": "side"}}))
    return str(file)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["models", *words], standalone_mode=False)


def test_a_model_of_ones_own_is_imported_listed_and_verified(tmp_path: Path, config: str) -> None:
    folder = write_model(tmp_path / "made")
    assert "installed: mean-colour" in run("import", str(folder), "-c", config).output
    assert "mean-colour" in run("list", "-c", config).output.partition("published, not")[0]
    assert run("verify", "-c", config).output == "mean-colour: as its manifest says\n"
    net = tmp_path / "side" / "models" / "mean-colour" / "net.onnx"
    net.write_bytes(b"changed")
    done = run("verify", "-c", config)
    assert done.return_value == 1
    assert "refused: sha256" in done.output


def test_a_licence_that_is_not_for_commerce_must_be_accepted(tmp_path: Path, config: str) -> None:
    licence = {"spdx": "NOASSERTION", "non_commercial": True, "statement": "research only"}
    folder = write_model(tmp_path / "made", licence=licence)
    refused = run("import", str(folder), "-c", config)
    assert isinstance(refused.exception, ConfigurationError)
    assert "research only; if you may use it, say --accept-licence" in str(refused.exception)
    assert "installed" in run("import", str(folder), "--accept-licence", "-c", config).output


def test_a_file_that_the_catalogue_does_not_know_is_refused(tmp_path: Path, config: str) -> None:
    (tmp_path / "x.onnx").write_bytes(b"x")
    refused = run("import", str(tmp_path / "x.onnx"), "-c", config)
    assert "no published model has this sha256" in str(refused.exception)


def test_a_non_commercial_model_is_not_fetched_before_it_is_accepted(config: str) -> None:
    refused = run("fetch", "mobilefacenet-casia", "-c", config)
    assert "not for commercial use" in str(refused.exception)
    unknown = run("fetch", "nothing", "-c", config)
    assert "no published model is called 'nothing'; there are: brisque" in str(unknown.exception)


@pytest.mark.parametrize("name", published_names())
def test_every_published_manifest_is_valid_and_has_a_card(name: str) -> None:
    manifest, _, card = published(name)
    assert manifest.name == name
    assert card.startswith(f"# {manifest.title}")
    assert all(needed.address.startswith("https://") for needed in manifest.files())


@pytest.mark.parametrize("name", published_names())
def test_the_published_hashes_are_those_of_the_published_files(name: str) -> None:
    for needed in published(name)[0].files():
        # One file lies in the shared data under a name that tells its origin.
        path = WEIGHTS / needed.name
        if not path.is_file():
            pytest.skip(f"no {path} (set INSPECTD_DATA)")
        assert sha256_of(path) == needed.sha256


def test_another_model_of_the_same_name_is_not_replaced_by_chance(
    tmp_path: Path, config: str
) -> None:
    folder = write_model(tmp_path / "made")
    run("import", str(folder), "-c", config)
    assert "installed: mean-colour\n" in run("import", str(folder), "-c", config).output
    other = write_model(tmp_path / "other", labels="a\nb\nc\n", version="2")
    refused = run("import", str(other), "-c", config)
    assert "installed already, of version 1" in str(refused.exception)
    done = run("import", str(other), "--replace", "-c", config)
    assert "installed: mean-colour, in the place of another" in done.output


def test_a_broken_manifest_does_not_hide_the_other_models(tmp_path: Path, config: str) -> None:
    run("import", str(write_model(tmp_path / "made")), "-c", config)
    broken = tmp_path / "side" / "models" / "broken"
    broken.mkdir()
    (broken / "model.toml").write_text("name = ")
    told = run("list", "-c", config).output
    assert "mean-colour" in told
    assert "broken: " in told
    assert "not valid TOML" in told
