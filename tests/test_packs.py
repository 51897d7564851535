"""Contract packs: where they are found, what of them goes together, and what is said of one that is wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay import catalogue, faults, packs, variants
from assay.exceptions import ContractError, UsageError
from assay.packs import GROUP, VARIABLE
from assay.reference.servers import server_of
from assay.variants import degenerate
from tests.patience import PLENTY_S

if TYPE_CHECKING:
    from collections.abc import Callable

DEPOT = Path(__file__).parent / "packs" / "depot"


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Path]:
    """Return what copies the depot's pack into a folder, its contract under another name."""

    def copy(name: str, contract: str = "depot") -> Path:
        folder = tmp_path / name
        shutil.copytree(DEPOT, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "contracts" / "depot").rename(folder / "contracts" / contract)
        server = folder / "reference" / "depot.py"
        server.write_text(server.read_text().replace('name: ClassVar[str] = "depot"', f'name: ClassVar = "{contract}"'))
        server.rename(folder / "reference" / f"{contract}.py")
        for path in (folder / "faults" / "depot.py", folder / "variants" / "depot.py"):
            path.write_text(path.read_text().replace("..reference.depot", f"..reference.{contract}"))
        variant = folder / "variants" / "depot.py"
        variant.write_text(variant.read_text().replace('@variant("depot/', f'@variant("{contract}/'))
        return folder

    return copy


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what names packs in the environment."""
    return lambda *folders: monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, folders)))


def test_without_packs_the_catalogue_is_what_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert packs.known() == (packs.shipped(),)
    assert catalogue.digest() == catalogue.digest_of(catalogue.shipped_data())


def test_a_pack_adds_its_contracts(use: Callable[..., None]) -> None:
    shipped = set(catalogue.load())

    use(DEPOT)

    assert set(catalogue.load()) == shipped | {"depot"}


@pytest.mark.parametrize("place", [DEPOT, DEPOT / "contracts", DEPOT / "specs" / ".."])
def test_a_pack_is_named_by_its_folder_or_by_its_contracts(use: Callable[..., None], place: Path) -> None:
    use(place, DEPOT)

    assert [pack.data for pack in packs.known()] == [catalogue.shipped_data(), DEPOT]


def test_the_digest_binds_every_pack_in_whatever_order(use: Callable[..., None], copied: Callable[..., Path]) -> None:
    barn = copied("barn", "barn")
    use(DEPOT, barn)
    both = catalogue.digest()

    use(barn, DEPOT)
    turned = catalogue.digest()
    use(DEPOT)

    assert turned == both
    assert len({both, catalogue.digest(), catalogue.digest_of(catalogue.shipped_data())}) == 3


def test_packs_do_not_see_each_other(use: Callable[..., None], copied: Callable[..., Path]) -> None:
    use(DEPOT, copied("barn", "barn"))

    assert (server_of("depot").name, server_of("barn").name) == ("depot", "barn")
    assert len([each for each in faults.load() if each.startswith("depot/")]) == 26
    assert len([each for each in faults.load() if each.startswith("barn/")]) == 26
    assert variants.find("barn/reason-in-full").server is not variants.find("depot/reason-in-full").server


def test_a_contract_that_is_there_twice_is_named_with_both_places(
    use: Callable[..., None], copied: Callable[..., Path]
) -> None:
    other = copied("other")
    use(DEPOT, other)

    with pytest.raises(ContractError) as refusal:
        catalogue.load()

    assert str(refusal.value) == (
        f"{other}/contracts/depot: there is a contract 'depot' already, in {DEPOT}/contracts/depot"
    )


@pytest.mark.parametrize("name", ["vcf", "Depot", "degenerate"])
def test_an_id_that_is_taken_or_is_none_is_refused(
    use: Callable[..., None], copied: Callable[..., Path], name: str
) -> None:
    use(copied("pack", name))

    with pytest.raises(ContractError, match=f"pack/contracts/{name}"):
        catalogue.load()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "no such folder"),
        ("specs", r"holds no contract; a pack has contracts/NAME/contract\.yaml and specs/NAME\.yaml"),
        ("contracts/depot", "is one contract; name the folder that holds contracts/ and specs/"),
    ],
)
def test_a_folder_that_is_no_pack_is_refused(use: Callable[..., None], place: str, message: str) -> None:
    use(DEPOT / place)

    with pytest.raises(UsageError, match=f"^{VARIABLE} {re.escape(str(DEPOT / place))}: {message}$"):
        packs.known()


def test_a_path_that_cannot_be_told_to_workers_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / f"a{os.pathsep}b"
    shutil.copytree(DEPOT, folder)

    with pytest.raises(UsageError, match="cannot be told to other processes"):
        packs.added([folder], "", "--contracts")


def test_a_module_that_fails_is_a_mistake_of_its_pack(use: Callable[..., None], copied: Callable[..., Path]) -> None:
    pack = copied("shed", "shed")
    (pack / "faults" / "more.py").write_text("from ..reference.shed import Nothing\n")
    use(pack)

    with pytest.raises(ContractError, match=r"shed/faults/more\.py: cannot be imported: ImportError: cannot import"):
        faults.load()


def test_a_server_of_another_name_is_none(use: Callable[..., None], copied: Callable[..., Path]) -> None:
    pack = copied("hall", "hall")
    (pack / "reference" / "hall.py").write_text((DEPOT / "reference" / "depot.py").read_text())
    use(pack)

    with pytest.raises(ContractError, match=r"hall\.py: expected one subclass of .*Vendor with name = 'hall', found 0"):
        server_of("hall")


@pytest.mark.parametrize(
    ("there", "instead", "problem"),
    [
        ("def examples", "def other", "has no method examples"),
        ("endpoints: ClassVar", "others: ClassVar", "has no endpoints"),
        ('"unknown_crate": ', '"unknown": ', "sets up the states open_crate, sealed_crate, unknown; those of"),
        (
            '"seal-crate"',
            '"seal"',
            "its endpoints are seal POST /crates/{id}/seal; those of the spec are seal-crate POST",
        ),
        ("CREATE TABLE", "CREATE THING", "cannot be made: UsageError: in memory: cannot be used as the data"),
    ],
)
def test_a_server_that_does_not_fit_its_contract_is_told(
    use: Callable[..., None], copied: Callable[..., Path], there: str, instead: str, problem: str
) -> None:
    pack = copied("crypt", "crypt")
    server = pack / "reference" / "crypt.py"
    server.write_text(server.read_text().replace(there, instead))
    use(pack)

    with pytest.raises(ContractError, match=rf"crypt\.py: Depot: {re.escape(problem)}"):
        server_of("crypt")


def test_a_contract_without_a_server_says_where_it_would_be(
    use: Callable[..., None], copied: Callable[..., Path]
) -> None:
    pack = copied("yard", "yard")
    (pack / "reference" / "yard.py").unlink()
    use(pack)

    with pytest.raises(UsageError) as refusal:
        server_of("yard")

    assert str(refusal.value) == (
        f"the contract 'yard' has no reference server; it would be a class in {pack}/reference/yard.py"
    )


def test_a_variant_of_a_contract_that_the_pack_does_not_hold_is_refused(
    use: Callable[..., None], copied: Callable[..., Path]
) -> None:
    pack = copied("silo", "silo")
    path = pack / "variants" / "depot.py"
    path.write_text(path.read_text().replace("silo/reason-in-full", "vcf/reason-in-full"))
    use(pack)

    with pytest.raises(ContractError, match="the contract 'vcf' is not in this pack"):
        variants.load()


def test_the_freedoms_of_http_are_tried_on_a_pack_too(use: Callable[..., None]) -> None:
    use(DEPOT)

    assert {"depot/chunked-bodies", "depot/further-members"} <= variants.load().keys()
    assert {"degenerate/depot/200-empty-object", "degenerate/depot/refusal-409"} <= degenerate.load().keys()


def test_a_pack_takes_a_freedom_away_and_excuses_a_server(
    use: Callable[..., None], copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "_left_out", {})
    monkeypatch.setattr(degenerate, "_EXCUSES", {})
    pack = copied("loft", "loft")
    (pack / "variants" / "exceptions.py").write_text(
        "from assay.variants import no_freedom\n"
        "from assay.variants.degenerate import excuse\n"
        "no_freedom('loft/further-members', 'The page says that there are no others.')\n"
        "excuse('degenerate/loft/refusal-404', 'loft/seal-crate/problem', 'It has the shape.')\n"
    )
    use(pack)

    assert "loft/further-members" not in variants.load()
    assert degenerate.excused() == {("degenerate/loft/refusal-404", "loft/seal-crate/problem"): "It has the shape."}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("variants.no_freedom('barge/further-member', '')", "did you mean 'barge/further-members'"),
        ("degenerate.excuse('degenerate/barge/refusal-405', 'r', '')", "did you mean 'degenerate/barge/refusal-40"),
    ],
)
def test_an_exception_for_a_server_that_is_not_there_is_refused(
    use: Callable[..., None], copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.setattr(variants, "_left_out", {})
    monkeypatch.setattr(degenerate, "_EXCUSES", {})
    pack = copied("barge", "barge")
    (pack / "variants" / "exceptions.py").write_text(
        f"from assay import variants\nfrom assay.variants import degenerate\n{line}\n"
    )
    use(pack)

    with pytest.raises(ContractError, match=message):
        degenerate.excused()


# Installed packs


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], Path]:
    """Return what installs a distribution with the depot in a package, as pip would, and an entry point."""

    def run(value: str) -> Path:
        site = tmp_path / "site"
        shutil.copytree(DEPOT, site / "acme_depot", ignore=shutil.ignore_patterns("__pycache__"))
        (site / "acme_depot" / "__init__.py").touch()
        (site / "acme_depot" / "pack.py").touch()
        (site / "acme_depot" / "broken.py").write_text("1 / 0")
        (site / "acme_broken").mkdir()
        (site / "acme_broken" / "__init__.py").write_text("1 / 0")
        (site / "acme_nothing.py").touch()
        about = site / "acme_depot-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-depot\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{GROUP}]\ndepot = {value}\n")
        return site

    return run


def asked(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}
    words = [sys.executable, "-P", "-m", "assay", *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=PLENTY_S, env=environ)


@pytest.mark.parametrize("value", ["acme_depot", "acme_depot.pack", "acme_depot:anything"])
def test_an_installed_pack_is_known_without_being_named(install: Callable[[str], Path], value: str) -> None:
    listed = asked(install(value), "requirements", "depot/*")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert "11 requirements, 21 checks" in listed.stdout


def test_the_modules_of_an_installed_pack_go_by_their_own_names(install: Callable[[str], Path]) -> None:
    site = install("acme_depot")
    fault = site / "acme_depot" / "faults" / "depot.py"
    fault.write_text(fault.read_text().replace("from ..reference", "from acme_depot.reference"))

    listed = asked(site, "prove", "depot", "--list", "--only", "depot/seal-crate/sealed-*")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert re.findall(r"^depot\S+", listed.stdout, re.MULTILINE) == [
        "depot/seal-crate/sealed-again",
        "depot/seal-crate/sealed-is-400",
        "depot/seal-crate/sealed-before-the-note",
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("acme_dept", "there is no module 'acme_dept'"),
        ("acme_broken.pack", "'acme_broken.pack' cannot be imported: ZeroDivisionError: division by zero"),
        ("acme_nothing", "'acme_nothing' has no contracts/NAME/contract.yaml in its folder"),
        ("..", "'..' cannot be imported"),
    ],
)
def test_a_wrong_entry_point_is_one_message_that_names_its_distribution(
    install: Callable[[str], Path], value: str, message: str
) -> None:
    told = asked(install(value), "requirements")

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(
        f"assay: the entry point 'depot' (assay.contracts) of the installed acme-depot: {message}"
    )
    assert told.stderr.endswith("; mend or uninstall it\n")
