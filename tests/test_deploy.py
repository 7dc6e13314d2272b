"""Verify that deployment files use existing settings, one port and consistent paths."""

from pathlib import Path

import pytest
import regex

from bot.cli.parser import make_parser
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in (*DEPLOY.rglob("*"), ROOT / "Dockerfile") if path.is_file())
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
PORT = 8080
UID = 10_001
# docs/how-to/install.md promises this time.
STOP_SECONDS = 5


def documents(name: str) -> list[dict]:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the deployment files")
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def image_setting(name: str) -> str:
    return regex.search(rf"\b{PREFIX}{name}=(\S+)", dockerfile())[1]


def unit() -> list[tuple[str, str]]:
    lines = (DEPLOY / "tocsin.service").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if regex.match(r"[A-Za-z]+=", line))
    return [(name, value) for name, _, value in pairs]


def pods() -> list[dict]:
    manifests = [*documents("kubernetes/embedded.yaml"), *documents("kubernetes/scaled.yaml")]
    specs = [manifest["spec"] for manifest in manifests]
    return [spec["template"]["spec"] for spec in specs if "template" in spec]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_deployment_files_name_existing_settings(path):
    for name in regex.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text()):
        assert name in KNOWN, f"{path.name} names {name}"


def test_image_and_deployments_use_the_same_port():
    assert int(image_setting("WEB_PORT")) == PORT
    assert f"EXPOSE {PORT}" in dockerfile()
    assert image_setting("WEB_HOST") == "0.0.0.0"
    (settings,) = documents("kubernetes/settings.yaml")
    assert int(settings["data"]["TOCSIN_WEB_PORT"]) == PORT
    for pod in pods():
        assert pod["containers"][0]["ports"] == [{"name": "web", "containerPort": PORT}]
    (compose,) = documents("compose.yaml")
    assert compose["services"]["tocsin"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_probes_use_existing_paths():
    served = set(regex.findall(r'"GET", "(/\w+)"', _bot_source()))
    for pod in pods():
        (container,) = pod["containers"]
        probes = (container[f"{name}Probe"] for name in ("startup", "liveness"))
        assert {probe["httpGet"]["path"] for probe in probes} == {"/healthz"}
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert {"/healthz", "/readyz", "/metrics"} <= served
    assert "/healthz" in dockerfile()


def _bot_source() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))


def test_paths_agree_with_the_image():
    data, seeds = image_setting("DATA_DIR"), image_setting("SEEDS_DIR")
    assert f'VOLUME ["{data}"]' in dockerfile()
    (compose,) = documents("compose.yaml")
    mounted = [volume.split(":")[1] for volume in compose["services"]["tocsin"]["volumes"]]
    assert mounted == [data, seeds]
    for pod in pods():
        mounts = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounts == {data, "/tmp"}


def test_containers_run_unprivileged_with_a_read_only_root():
    assert f"USER {UID}:{UID}" in dockerfile()
    for pod in pods():
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["runAsGroup"] == UID
        assert pod["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    for name in ("compose.yaml", "compose.scaled.yaml"):
        (compose,) = documents(name)
        for service, options in compose["services"].items():
            if service != "postgres":
                assert (options["read_only"], options["cap_drop"]) == (True, ["ALL"])
    assert {("DynamicUser", "yes"), ("ProtectSystem", "strict")} <= set(unit())


def test_every_command_is_accepted_by_the_parser():
    commands = [pod["containers"][0]["args"] for pod in pods()]
    (compose,) = documents("compose.scaled.yaml")
    commands += [
        options["command"] for options in compose["services"].values() if "command" in options
    ]
    commands += [dict(unit())["ExecStart"].split()[1:]]
    commands += [regex.search(r'^CMD \["(\w+)"\]$', dockerfile(), regex.MULTILINE)[1].split()]
    for command in commands:
        assert make_parser().parse_args(command).command == "run"
    roles = sorted(" ".join(command) for command in commands if "--role" in command)
    assert roles == ["run --role chat"] * 2 + ["run --role watch"] * 2


def test_sqlite_deployment_has_one_replica():
    (_, stateful) = documents("kubernetes/embedded.yaml")
    assert (stateful["kind"], stateful["spec"]["replicas"]) == ("StatefulSet", 1)


def test_supervisors_wait_longer_than_a_stop_takes():
    waits = [pod["terminationGracePeriodSeconds"] for pod in pods()]
    waits.append(int(dict(unit())["TimeoutStopSec"]))
    for name in ("compose.yaml", "compose.scaled.yaml"):
        (compose,) = documents(name)
        waits += [
            int(options["stop_grace_period"].removesuffix("s"))
            for service, options in compose["services"].items()
            if service != "postgres"
        ]
    assert min(waits) > 2 * STOP_SECONDS


def test_files_copied_into_the_image_exist_and_are_not_ignored():
    ignored = set((ROOT / ".dockerignore").read_text().split())
    for line in regex.findall(r"^COPY (?!--from)(.+)$", dockerfile(), regex.MULTILINE):
        *names, _ = [word for word in line.split() if not word.startswith("--")]
        for name in names:
            assert (ROOT / name).exists()
            assert name.partition("/")[0] not in ignored
