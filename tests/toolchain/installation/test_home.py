"""The private home of a clone: made, kept, repaired."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.toolchain.installation.fake_programs import ENGINE, NEWER, write_go, write_pulumi
from toolchain import home, provider
from toolchain.errors import ToolchainError
from toolchain.files import write_script
from toolchain.plugin_version import plugin_version

FAKE = "provider: fake (dbtcloud 1.11.11, for a local dbt Cloud only)"
OFFICIAL = b"\x7fELF official"


@pytest.fixture
def built(bin_folder):
    """A machine with Go and without Pulumi."""
    write_go(bin_folder, built=ENGINE)


@pytest.fixture
def local(tmp_path):
    return tmp_path / "clone" / ".local"


def plugin_of(made):
    return made.plugins / "resource-dbtcloud-v1.11.11" / "pulumi-resource-dbtcloud"


def contents(folder):
    """Return every file with its inode and time, which change when it is written again."""
    return {
        path.relative_to(folder): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != home.PRIVATE_HOME
    }


def test_a_home_has_engine_host_plugin_and_state(built, local, reported):
    made = home.prepare(local, reported.append)

    assert made.pulumi.read_text() == ENGINE
    assert not made.pulumi.is_symlink()
    assert (made.bin / "pulumi-language-python").stat().st_mode & 0o111
    assert plugin_of(made).stat().st_mode & 0o111
    assert (local / "state").is_dir()
    assert reported[-1] == FAKE


def test_a_second_time_changes_nothing(built, local, reported):
    made = home.prepare(local, print)
    before = contents(made.local)

    home.prepare(local, reported.append)

    assert contents(made.local) == before
    assert reported == [FAKE]


@pytest.mark.parametrize("part", ["pulumi", "pulumi-language-python", "plugin"])
@pytest.mark.parametrize("damage", ["missing", "other", "not executable"])
def test_a_damaged_part_is_repaired(built, local, part, damage):
    made = home.prepare(local, print)
    file = plugin_of(made) if part == "plugin" else made.bin / part
    text = file.read_text()
    if damage == "missing":
        file.unlink()
    elif damage == "other":
        write_script(file, "#!/bin/sh\necho something else\n")
    else:
        file.chmod(0o644)

    home.prepare(local, print)

    assert file.read_text() == text
    assert os.access(file, os.X_OK)


def test_an_engine_without_a_language_host_gets_ours_until_it_has_its_own(bin_folder, local):
    installed = write_pulumi(bin_folder, NEWER)

    made = home.prepare(local, print)
    host = made.bin / "pulumi-language-python"

    assert made.pulumi.read_text() == installed.read_text()
    assert "toolchain.language_host" in host.read_text()
    assert made.env["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"

    write_script(bin_folder / "pulumi-language-python", "#!/bin/sh\n")
    made = home.prepare(local, print)

    assert f'exec {installed} "$@"' in made.pulumi.read_text()
    assert not host.exists()
    assert "PULUMI_IGNORE_AMBIENT_PLUGINS" not in made.env


def test_an_official_provider_of_the_user_is_preferred(built, local, reported, tmp_path):
    home.prepare(local, print)
    official = tmp_path / "user" / ".pulumi" / "plugins" / "resource-dbtcloud-v1.11.11"
    official.mkdir(parents=True)
    program = official / "pulumi-resource-dbtcloud"
    program.write_bytes(OFFICIAL)
    program.chmod(0o755)

    made = home.prepare(local, reported.append)

    assert plugin_of(made).read_bytes() == OFFICIAL
    assert reported == [f"provider: official dbtcloud 1.11.11, from {program}"]
    shutil.rmtree(official)
    home.prepare(local, reported.append)
    assert plugin_of(made).read_bytes() == OFFICIAL
    assert reported[1:] == ["provider: official dbtcloud 1.11.11"]


def test_a_provider_on_path_that_is_no_plugin_is_not_used(built, bin_folder, local, reported):
    program = bin_folder / "pulumi-resource-dbtcloud"
    shutil.copy2("/bin/true", program)

    home.prepare(local, reported.append)

    assert reported[-1] == FAKE


def test_the_official_provider_replaces_the_fake_provider_when_asked_for(
    bin_folder, local, reported
):
    # The arguments are: plugin install resource dbtcloud 1.11.11
    folder = '"$PULUMI_HOME/plugins/$3-$4-v$5"'
    put = f"mkdir -p {folder} && printf official > {folder}/pulumi-$3-$4"
    write_pulumi(bin_folder, NEWER, plugin=put)
    made = home.prepare(local, print)

    provider.install_official(made.plugins, made.pulumi, made.environment(), reported.append)

    assert plugin_of(made).read_text() == "official"
    assert reported[-1] == "provider: official dbtcloud 1.11.11"


def test_the_fake_provider_stays_when_the_official_provider_cannot_be_had(
    bin_folder, local, reported
):
    write_pulumi(bin_folder, NEWER, plugin="echo no route to host >&2; exit 1")
    made = home.prepare(local, print)
    text = plugin_of(made).read_text()

    with pytest.raises(ToolchainError) as caught:
        provider.install_official(made.plugins, made.pulumi, made.environment(), reported.append)

    assert "no route to host" in str(caught.value)
    assert "https://github.com/pulumi/pulumi-dbtcloud/releases" in str(caught.value)
    assert plugin_of(made).read_text() == text


def test_the_environment_points_into_the_home_and_keeps_the_users_passphrase(
    built, local, reported, monkeypatch
):
    made = home.prepare(local, reported.append)
    monkeypatch.setenv("PATH", f"/usr/bin:{made.bin}:/bin")
    monkeypatch.setenv("no_proxy", "example.com")

    assert made.env == {
        "PATH": f"{made.bin}:/usr/bin:/bin",
        "PULUMI_HOME": f"{local}/pulumi",
        "PULUMI_BACKEND_URL": f"file://{local}/state",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "no_proxy": "example.com,127.0.0.1,localhost",
        "NO_PROXY": "example.com,127.0.0.1,localhost",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    assert "PULUMI_CONFIG_PASSPHRASE" not in made.env


def toolchain(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "toolchain", *arguments], capture_output=True, text=True
    )


def test_the_printed_environment_survives_any_path(built, tmp_path):
    local = tmp_path / 'it\'s a "home" $HOME'

    lines = "\n".join(home.export_lines(home.prepare(local, print).env))
    show = 'printf "%s\\n" "$PULUMI_HOME" "$PATH"; command -v pulumi'
    shown = subprocess.run(["sh", "-c", f"{lines}\n{show}"], capture_output=True, text=True).stdout

    home_folder, path, found = shown.splitlines()
    assert home_folder == f"{local}/pulumi"
    assert path.startswith(f"{local}/bin:")
    assert found == f"{local}/bin/pulumi"


def test_a_home_in_a_folder_with_any_name_works(private_home, tmp_path):
    assert plugin_version(plugin_of(private_home)) == "1.11.11"
    local = tmp_path / 'it\'s a "home"'
    finished = subprocess.run(
        [sys.executable, "-m", "toolchain", "prepare", "--local", str(local)],
        env={**os.environ, "DATAFOLD_ENGINE": "build"},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    made = home.Home(local=local)

    about = subprocess.run(
        [made.pulumi, "about", "--json"],
        cwd=tmp_path,
        env={**made.environment(), "PULUMI_PYTHON_CMD": sys.executable},
        capture_output=True,
        text=True,
    )

    assert '"executable"' in about.stdout, about.stderr


def test_a_part_that_cannot_be_had_is_one_message_and_exit_code_1(bin_folder, local, monkeypatch):
    monkeypatch.setenv("DATAFOLD_ENGINE", "path")

    finished = toolchain("prepare", "--local", str(local))

    assert finished.returncode == 1
    assert finished.stderr.startswith("error: no Pulumi engine\n  problem: ")
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""


def test_help_names_every_variable():
    shown = toolchain("--help").stdout

    for word in ("DATAFOLD_ENGINE", "DATAFOLD_RELEASES", "DATAFOLD_CACHE_DIR"):
        assert word in shown
