"""Official releases are downloaded where that works, and their absence costs no time."""

import datetime
import time
from contextlib import closing

import pytest

from tests.toolchain.installation.fake_programs import ENGINE, write_go
from tests.toolchain.installation.release_server import (
    ARCHIVE,
    CHECKSUMS,
    PLUGIN,
    ReleaseServer,
    archive,
)
from toolchain import engine, home, provider, releases


@pytest.fixture
def server(bin_folder, monkeypatch):
    """A server of releases, on a machine with Go and without Pulumi."""
    write_go(bin_folder, built=ENGINE)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with closing(ReleaseServer()) as running:
        monkeypatch.setenv("DATAFOLD_RELEASES", running.url)
        yield running


def test_the_official_release_is_downloaded_once_and_brings_its_language_host(
    server, reported, tmp_path
):
    server.release_engine()

    first = engine.ensure_engine(reported.append)
    server.close()
    made = home.prepare(tmp_path / "local", reported.append)

    assert first.is_relative_to(tmp_path / "cache")
    assert server.asked == [CHECKSUMS, ARCHIVE]
    assert reported[0] == f"engine: official Pulumi {engine.PINNED_VERSION}, in {first.parent}"
    assert f'exec {first} "$@"' in made.pulumi.read_text()
    assert not (made.bin / "pulumi-language-python").exists()


def wrong_checksum(server):
    server.files[ARCHIVE] = archive(pulumi__pulumi=ENGINE + "# Another one.\n")


def cut_off(server):
    server.cut_off.add(ARCHIVE)


def no_checksum(server):
    server.files[CHECKSUMS] = b""


def not_there(server):
    del server.files[ARCHIVE]


def another_version(server):
    server.release_engine("v3.1.0")


def silent(server):
    server.silent = True


def no_server(server):
    server.close()


@pytest.mark.parametrize(
    "fault", [wrong_checksum, cut_off, no_checksum, not_there, another_version, silent, no_server]
)
def test_a_release_that_cannot_be_had_is_one_line_and_a_build(server, reported, tmp_path, fault):
    server.release_engine()
    fault(server)
    started = time.monotonic()

    made = engine.RELEASE.download(reported.append)

    assert time.monotonic() - started < releases.ANSWER_SECONDS + 1
    assert made is None
    assert [line.startswith("engine: no official release today: ") for line in reported] == [True]
    assert [path for path in tmp_path.glob("cache/pulumi-release-*") if path.is_dir()] == []
    assert engine.ensure_engine(reported.append) == engine.BUILD.cached()


def test_a_failure_is_remembered_for_the_day(server, reported):
    # The server has nothing.
    first = engine.RELEASE.download(reported.append)
    second = engine.RELEASE.download(reported.append)
    assert (first, second) == (None, None)
    assert len(reported) == len(server.asked) == 1

    [failure] = engine.BUILD.cached().parents[1].glob("*-download-failed")
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    failure.write_text(failure.read_text().replace(str(datetime.date.today()), str(yesterday)))
    engine.RELEASE.download(reported.append)

    assert len(reported) == len(server.asked) == 2


def test_a_cached_build_is_used_before_anything_is_downloaded(server, reported, monkeypatch):
    monkeypatch.setenv("DATAFOLD_ENGINE", "build")
    engine.ensure_engine(print)
    monkeypatch.delenv("DATAFOLD_ENGINE")
    server.release_engine()

    assert engine.ensure_engine(reported.append) == engine.BUILD.cached()
    assert (server.asked, reported) == ([], [])


def test_nothing_is_downloaded_where_that_is_switched_off(server, reported, monkeypatch, tmp_path):
    server.release_engine()
    monkeypatch.setenv("DATAFOLD_RELEASES", "off")

    home.prepare(tmp_path / "local", reported.append)

    assert reported[-1].startswith("provider: fake ")
    assert server.asked == []


OFFICIAL = "\x7fELF official"


@pytest.fixture
def plugins(private_home, tmp_path):
    """The arguments that prepare a provider with the real engine."""
    environment = {**private_home.environment(), "PULUMI_HOME": str(tmp_path / "pulumi")}
    return tmp_path / "pulumi" / "plugins", private_home.pulumi, environment


def test_the_official_provider_is_installed_into_the_private_cache(plugins, server, reported):
    server.files[PLUGIN] = archive(pulumi_resource_dbtcloud=OFFICIAL)

    provider.prepare(*plugins, reported.append)

    program = plugins[0] / "resource-dbtcloud-v1.11.11" / "pulumi-resource-dbtcloud"
    assert program.read_text() == OFFICIAL
    assert reported[-1] == "provider: official dbtcloud 1.11.11"


@pytest.mark.parametrize("fault", [silent, no_server])
def test_without_the_official_provider_the_fake_one_is_used_at_once(
    plugins, server, reported, fault
):
    fault(server)
    started = time.monotonic()

    provider.prepare(*plugins, reported.append)
    provider.prepare(*plugins, reported.append)

    assert time.monotonic() - started < releases.ANSWER_SECONDS + 1
    assert reported[0].startswith("provider: no official release today: ")
    assert [line[:16] for line in reported[1:]] == ["provider: fake (", "provider: fake ("]
