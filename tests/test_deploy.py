"""The deployment files say what is true: settings that exist, one port, paths that agree."""

from pathlib import Path

import pytest
import regex

from bot.__main__ import _parser
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in (*DEPLOY.rglob("*"), ROOT / "Dockerfile") if path.is_file())
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
PORT = 8080
UID = 10_001
STOPS_WITHIN = 5  # seconds, as docs/operating.md promises


def documents(name: str) -> list[dict]:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the deployment files")
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def image_setting(name: str) -> str:
    return regex.search(rf"\b{PREFIX}{name}=(\S+)", dockerfile())[1]


def unit() -> list[tuple[str, str]]:
    lines = (DEPLOY / "tocsin.service").read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if regex.match(r"[A-Za-z]+=", line)]


def pods() -> list[dict]:
    made = [*documents("kubernetes/embedded.yaml"), *documents("kubernetes/scaled.yaml")]
    return [one["spec"]["template"]["spec"] for one in made if "template" in one["spec"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path):
    for name in regex.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text()):
        assert name in KNOWN, f"{path.name} names {name}"


def test_the_image_serves_the_port_that_everybody_asks():
    assert int(image_setting("WEB_PORT")) == PORT
    assert f"EXPOSE {PORT}" in dockerfile()
    assert image_setting("WEB_HOST") == "0.0.0.0"
    (settings,) = documents("kubernetes/settings.yaml")
    assert int(settings["data"]["TOCSIN_WEB_PORT"]) == PORT
    for pod in pods():
        assert pod["containers"][0]["ports"] == [{"name": "web", "containerPort": PORT}]
    (compose,) = documents("compose.yaml")
    assert compose["services"]["tocsin"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_probes_ask_what_the_web_server_answers():
    answered = set(regex.findall(r'"GET", "(/\w+)"', _sources_of_routes()))
    for pod in pods():
        (container,) = pod["containers"]
        asked = {container[f"{one}Probe"]["httpGet"]["path"] for one in ("startup", "liveness")}
        assert asked == {"/healthz"}
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert {"/healthz", "/readyz", "/metrics"} <= answered
    assert "/healthz" in dockerfile()


def _sources_of_routes() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))


def test_paths_agree_with_the_image():
    data, seeds = image_setting("DATA_DIR"), image_setting("SEEDS_DIR")
    assert f'VOLUME ["{data}"]' in dockerfile()
    (compose,) = documents("compose.yaml")
    mounted = [one.split(":")[1] for one in compose["services"]["tocsin"]["volumes"]]
    assert mounted == [data, seeds]
    for pod in pods():
        mounts = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        assert mounts == {data, "/tmp"}


def test_nothing_runs_as_root_or_may_write_where_it_need_not():
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
        for service, how in compose["services"].items():
            if service != "postgres":
                assert (how["read_only"], how["cap_drop"]) == (True, ["ALL"])
    assert {("DynamicUser", "yes"), ("ProtectSystem", "strict")} <= set(unit())


def test_every_command_is_one_that_the_program_takes():
    commands = [pod["containers"][0]["args"] for pod in pods()]
    (compose,) = documents("compose.scaled.yaml")
    commands += [how["command"] for how in compose["services"].values() if "command" in how]
    commands += [dict(unit())["ExecStart"].split()[1:]]
    commands += [regex.search(r'^CMD \["(\w+)"\]$', dockerfile(), regex.MULTILINE)[1].split()]
    for command in commands:
        assert _parser().parse_args(command).command == "run"
    roles = sorted(" ".join(one) for one in commands if "--role" in one)
    assert roles == ["run --role chat"] * 2 + ["run --role watch"] * 2


def test_a_sqlite_file_has_one_process():
    (_, stateful) = documents("kubernetes/embedded.yaml")
    assert (stateful["kind"], stateful["spec"]["replicas"]) == ("StatefulSet", 1)


def test_whoever_ends_it_waits_longer_than_it_takes():
    waits = [pod["terminationGracePeriodSeconds"] for pod in pods()]
    waits.append(int(dict(unit())["TimeoutStopSec"]))
    for name in ("compose.yaml", "compose.scaled.yaml"):
        (compose,) = documents(name)
        waits += [
            int(how["stop_grace_period"].removesuffix("s"))
            for service, how in compose["services"].items()
            if service != "postgres"
        ]
    assert min(waits) > 2 * STOPS_WITHIN


def test_what_the_image_copies_is_there_and_not_ignored():
    ignored = set((ROOT / ".dockerignore").read_text().split())
    for line in regex.findall(r"^COPY (?!--from)(.+)$", dockerfile(), regex.MULTILINE):
        *names, _ = [word for word in line.split() if not word.startswith("--")]
        for name in names:
            assert (ROOT / name).exists()
            assert name.partition("/")[0] not in ignored
