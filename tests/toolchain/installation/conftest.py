import pytest


@pytest.fixture
def bin_folder(tmp_path, monkeypatch):
    """A folder that is first on a PATH without Go and Pulumi, and an empty cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("DATAFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("DATAFOLD_RELEASES", "off")
    for name in ("DATAFOLD_ENGINE", "PULUMI_HOME", "GOFLAGS", "GOPROXY", "GOROOT"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def reported():
    """The lines that were reported: pass `reported.append`."""
    return []
