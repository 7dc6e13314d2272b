"""Verify that a release has one version, that its workflows are pinned, and that the forms are complete."""

import tomllib
from pathlib import Path

import pytest
import regex
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# The permissions that a job may have beyond reading the repository.
WRITES = {
    ("release.yml", "pypi"): {"id-token"},
    ("release.yml", "image"): {"packages", "id-token", "attestations"},
    ("release.yml", "github"): {"contents"},
}
MAX_JOB_MINUTES = 60


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def jobs() -> list[tuple[str, str, dict]]:
    return [
        (path.name, name, job) for path in WORKFLOWS for name, job in load(path)["jobs"].items()
    ]


def test_the_version_has_a_dated_section_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    sections = regex.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changelog, regex.MULTILINE)
    assert sections[0] == ("Unreleased", "")
    dates = [date for _, date in sections[1:]]
    assert all(dates)
    assert dates == sorted(dates, reverse=True)
    assert sections[1][0] == PROJECT["version"]


def test_the_chart_has_the_version_of_the_project():
    chart = load(ROOT / "deploy" / "helm" / "tocsin" / "Chart.yaml")
    assert chart["version"] == chart["appVersion"] == PROJECT["version"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_a_commit_and_names_its_version(path):
    uses = regex.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(), regex.MULTILINE)
    assert uses
    for reference in uses:
        assert reference.startswith("./") or regex.fullmatch(
            r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", reference
        ), reference


def test_workflows_use_the_same_commit_of_an_action():
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, pin in regex.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", path.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert {action for action, used in pins.items() if len(used) > 1} == set()


def test_jobs_have_the_least_permissions_and_a_timeout():
    assert all(load(path)["permissions"] == {} for path in WORKFLOWS)
    for workflow, name, job in jobs():
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        assert writes == WRITES.get((workflow, name), set()), (workflow, name)
        assert "uses" in job or job["timeout-minutes"] <= MAX_JOB_MINUTES


def test_no_checkout_keeps_the_token():
    steps = [step for _, _, job in jobs() for step in job.get("steps", [])]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_expression_is_part_of_a_script():
    for workflow, name, job in jobs():
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", ""), (workflow, name)


def test_every_supported_python_is_tested():
    tested = load(GITHUB / "workflows" / "ci.yml")["jobs"]["tests"]["strategy"]["matrix"]["python"]
    declared = regex.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert tested == declared
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_every_make_target_of_a_workflow_exists():
    targets = set(
        regex.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), regex.MULTILINE)
    )
    for path in WORKFLOWS:
        assert set(regex.findall(r"\bmake ([a-z]+)", path.read_text())) <= targets
    checks = load(GITHUB / "workflows" / "ci.yml")["jobs"]["checks"]["strategy"]["matrix"]["target"]
    assert set(checks) <= targets


def test_nothing_is_published_before_all_checks_pass():
    release = load(GITHUB / "workflows" / "release.yml")["jobs"]
    for name in ("pypi", "image"):
        assert {"checks", "build"} <= set(release[name]["needs"])
    assert set(release["github"]["needs"]) == {"pypi", "image"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_ask_for_what_is_required(path):
    form = load(path)
    assert {"name", "description", "labels", "body"} <= set(form)
    identifiers = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(identifiers) == len(set(identifiers))
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_the_forms_are_the_documented_kinds():
    assert [path.stem for path in FORMS] == ["bug", "feed", "idea", "topic"]
