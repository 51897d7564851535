"""What there is to run: `nox` judges the embedded servers, `nox -s tests` passes the project's own tests."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["conformance"]

HERE = Path(__file__).parent
PINS = ("-c", "constraints.txt")
# By groups: tests that share something dear, such as a client that takes long to import, stay in one process.
# Two processes for each processor, because many tests wait for others.
PARALLEL = ("-n", str(2 * (os.cpu_count() or 1)), "--dist", "loadgroup")


def install(session: nox.Session, *groups: str) -> None:
    """Install the project as an editable, with dependency groups, at the pinned versions."""
    named = [argument for group in groups for argument in ("--group", group)]
    session.install("-e", ".", *named, *PINS)


@nox.session
def conformance(session: nox.Session) -> None:
    """Judge servers: `assay run`, with the arguments behind `--`."""
    install(session)
    session.run("assay", "run", *session.posargs)


@nox.session
def prove(session: nox.Session) -> None:
    """Prove that every check can fail and that no conforming server is blamed: `assay prove`."""
    install(session)
    session.run("assay", "prove", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Pass the project's own tests, in parallel."""
    install(session, "tests", "clients")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def hostile(session: nox.Session) -> None:
    """Judge hostile and broken servers and print the table; arguments name kinds, or `--contract vcf`."""
    install(session, "tests")
    session.run("python", "-m", "tests.hostile.table", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Pass the tests and print what they do not reach."""
    install(session, "tests", "clients")
    session.run("pytest", *PARALLEL, "--cov", "--cov-report=term", *session.posargs)


@nox.session
def specs(session: nox.Session) -> None:
    """Validate the OpenAPI documents, and hold catalogue and ledgers of the sources against them and each other."""
    install(session, "tests")
    session.run("pytest", "tests/test_specs.py", "tests/test_catalogue.py", "tests/sources", *session.posargs)
    session.run("assay", "sources")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling, imports between layers and declared dependencies."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("typos")
    session.run("lint-imports")
    session.run("deptry", "src")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types; each folder of contracts by itself, because their files share names."""
    install(session, "typing", "clients")
    session.run("mypy", "src", "noxfile.py")
    session.run("mypy", "tests")
    cases = [*(HERE / "contracts").rglob("*.py"), *(HERE / "tests" / "packs").glob("*/contracts/**/*.py")]
    for folder in sorted({path.parent for path in cases}):
        session.run("mypy", *map(str, sorted(folder.glob("*.py"))))


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel, install it in a fresh environment, and judge the embedded servers from there."""
    session.install("build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--installer=uv", "--wheel", "--outdir", folder, silent=True)
        (wheel,) = Path(folder).glob("*.whl")
        session.run("uv", "venv", "--quiet", f"{folder}/venv", external=True)
        python = f"{folder}/venv/bin/python"
        session.run(
            "uv", "pip", "install", "--quiet", "--python", python, str(wheel), "-c", "constraints.txt", external=True
        )
        with session.chdir(folder):
            # `nox` does so with every generated request; here it is shown that the wheel has all it takes.
            session.run(python, "-m", "assay", "run", "--workers", "1", "--fuzz-examples", "1", external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory beside `schemathesis run` on the same servers and specs; prints ratios alone."""
    install(session)
    session.run("python", "tests/bench/bench.py", *session.posargs)


@nox.session
def many(session: nox.Session) -> None:
    """Measure runs over few and over many targets: seconds, and the memory of the whole process tree."""
    install(session)
    session.run("python", "tests/bench/targets.py", *session.posargs)
