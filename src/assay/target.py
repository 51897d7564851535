"""Reads a target file: which server is judged, with which credentials, capabilities and provider states.

Everything is checked here, once; a mistake is a `TargetError` that names the file, the key and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from assay.address import Address, NoAddressError
from assay.exceptions import TargetError, did_you_mean
from assay.toml_files import Table, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assay.model import Contract, StateKind

DEFAULT_TIMEOUT_S = 10.0
DEFAULT_MAX_RESPONSE_BYTES = 10_000_000
LONGEST_TOKEN = 65_536
_LEAST_SECRET = 8
"""A shorter token may be a word like any other."""

StateValues = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StateEntry:
    """The values that a target file lists for a state: used up one by one, or the same ones every time."""

    each: tuple[StateValues, ...] = ()
    always: StateValues | None = None


@dataclass(frozen=True, slots=True)
class StateHandler:
    """Who is asked for a state that has no entry: exactly one of `url`, `command` and `python` is set."""

    url: str = ""
    command: tuple[str, ...] = ()
    python: str = ""
    timeout_s: float = 10.0
    teardown: bool = False
    folder: Path = Path()
    """Where a command runs and a Python module is looked for: the folder of the target file."""


@dataclass(frozen=True, slots=True)
class Target:
    """One running server that is judged against one contract."""

    name: str
    contract: str
    base_url: str
    token: str | None = field(default=None, repr=False)
    token_name: str = "ASSAY_TOKEN"  # noqa: S105 - the name of a variable, not a token
    """The environment variable that stands for the token in curl lines."""
    token_names: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The same for tokens of states that come from the environment: token → name of the variable."""
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"
    timeout_s: float = DEFAULT_TIMEOUT_S
    """For a whole exchange, from connecting to the last byte."""
    max_requests_per_second: float | None = None
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    """On the wire, and again after decompression."""
    verify_tls: bool = True
    ca_bundle: Path | None = None
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    states: Mapping[str, StateEntry] = field(default_factory=dict, repr=False)
    state_handler: StateHandler | None = None
    file: Path | None = None
    """Where it was read, as the user has named it."""

    @property
    def user_agent(self) -> str:
        """What the requests say of their sender."""
        return f"assay/{_version()}"

    def credentials(self, token: str) -> tuple[str, str]:
        """Return the header line that carries `token`."""
        return self.auth_header, f"{self.auth_scheme} {token}" if self.auth_scheme else token

    def lacks(self, capability: str) -> bool:
        """Whether the target declares that it lacks an optional capability."""
        return self.capabilities.get(capability, True) is False


def target_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield target files; for a folder every one that is in it, in the order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.toml"))
        if not found:
            raise TargetError(path, "", "this folder holds no target file (*.toml)")
        yield from found


def read_target(path: Path, contracts: Mapping[str, Contract], environ: Mapping[str, str]) -> Target:
    """Read a target file; raise `TargetError` for whatever is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TargetError(path, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TargetError(path, "", "is not UTF-8 text") from error
    return replace(parse_target(path, text, contracts, environ), file=path)


def parse_target(path: Path, text: str, contracts: Mapping[str, Contract], environ: Mapping[str, str]) -> Target:
    """Return what the text of a target file says; `path` need not exist."""
    try:
        document = loads(text)
    except ValueError as error:
        raise TargetError(path, "", str(error)) from error
    return _TargetFile(path, document, contracts, environ).target()


def distinct_names(targets: Sequence[tuple[Path, Target]]) -> None:
    """Raise `TargetError` where two targets of one run share a name."""
    seen: dict[str, Path] = {}
    for path, target in targets:
        if target.name in seen:
            raise TargetError(path, "target.name", f"{target.name!r} is the name of {seen[target.name]} already")
        seen[target.name] = path


class _TargetFile:
    """One target file being read."""

    def __init__(
        self, path: Path, document: dict[str, Any], contracts: Mapping[str, Contract], environ: Mapping[str, str]
    ) -> None:
        self.path = path
        self.contracts = contracts
        self.environ = environ
        self.root = Table(path, "", document)
        self.token_names: dict[str, str] = {}

    def target(self) -> Target:
        self.root.only("target", "auth", "capabilities", "states", "state_handler")
        section = self.root.table("target", required=True)
        section.only(
            "name", "contract", "base_url", "timeout_s", "max_requests_per_second", "max_response_bytes",
            "verify_tls", "ca_bundle",
        )  # fmt: skip
        contract = self._contract(section)
        auth = self.root.table("auth")
        auth.only("token", "scheme")
        token, token_name = self._token(auth, contract)
        states = self._states(contract)
        return Target(
            name=self._name(section, token),
            contract=contract.id,
            base_url=self._base_url(section, token),
            token=token,
            token_name=token_name,
            token_names=self.token_names,
            auth_header=contract.auth_header,
            auth_scheme=_scheme(auth, contract),
            timeout_s=section.number("timeout_s", DEFAULT_TIMEOUT_S),
            max_requests_per_second=section.number("max_requests_per_second", None),
            max_response_bytes=section.integer("max_response_bytes", DEFAULT_MAX_RESPONSE_BYTES),
            verify_tls=section.boolean("verify_tls", default=True),
            ca_bundle=self._ca_bundle(section),
            capabilities=self._capabilities(contract),
            states=states,
            state_handler=self._handler(),
        )

    def _name(self, section: Table, token: str | None) -> str:
        name = section.text("name", required=True)
        _keep_out(section, "name", name, token)
        return name

    def _contract(self, section: Table) -> Contract:
        name = section.text("contract", required=True)
        if name not in self.contracts:
            known = f"{did_you_mean(name, self.contracts)} (--contracts DIR adds those of a pack)"
            raise section.wrong("contract", f"no contract {name!r}{known}")
        return self.contracts[name]

    def _base_url(self, section: Table, token: str | None) -> str:
        url = _http_url(section, "base_url")
        _keep_out(section, "base_url", unquote(url), token)
        if "?" in url:
            raise section.wrong("base_url", "expected no query: the documented path is appended")
        return url.rstrip("/")

    def _token(self, auth: Table, contract: Contract) -> tuple[str | None, str]:
        text = auth.text("token")
        if not text:
            return None, "ASSAY_TOKEN"
        token = self._secret(auth, "token", text)
        if not _is_plain(token):
            problem = f"expected printable ASCII without blanks for the header {contract.auth_header}"
            raise auth.wrong("token", problem)
        return token, text.removeprefix("env:") if text.startswith("env:") else "ASSAY_TOKEN"

    def _secret(self, table: Table, key: str, text: str) -> str:
        if text.startswith("env:"):
            name = text.removeprefix("env:")
            if not self.environ.get(name):
                raise table.wrong(key, f"the environment variable {name} is not set")
            return self.environ[name]
        if text.startswith("file:"):
            path = self.path.parent / Path(text.removeprefix("file:")).expanduser()
            # A device or a pipe may go on for ever.
            if path.exists() and not path.is_file():
                raise table.wrong(key, f"cannot read {path}: it is no file")
            try:
                with path.open(encoding="utf-8") as file:
                    token = file.read(LONGEST_TOKEN + 1).strip()
            except (OSError, ValueError) as error:
                raise table.wrong(key, f"cannot read {path}: {error}") from error
            if len(token) > LONGEST_TOKEN:
                raise table.wrong(key, f"cannot read {path}: it holds more than {LONGEST_TOKEN:,} characters")
            if not token:
                raise table.wrong(key, f"{path} is empty")
            return token
        return text

    def _ca_bundle(self, section: Table) -> Path | None:
        text = section.text("ca_bundle")
        if not text:
            return None
        path = self.path.parent / Path(text).expanduser()
        if not path.is_file():
            raise section.wrong("ca_bundle", f"no such file: {path}")
        return path

    def _capabilities(self, contract: Contract) -> dict[str, bool]:
        section = self.root.table("capabilities")
        section.only(*contract.capabilities)
        return {name: section.boolean(name, default=True) for name in section.keys()}  # noqa: SIM118 - not a dict

    def _states(self, contract: Contract) -> dict[str, StateEntry]:
        section = self.root.table("states")
        section.only(*contract.states)
        return {
            name: self._state(section.table(name), contract.states[name])
            for name in section.keys()  # noqa: SIM118 - not a dict
        }

    def _state(self, entry: Table, kind: StateKind) -> StateEntry:
        entry.only("each", "always")
        if ("each" in entry) == ("always" in entry):
            raise entry.wrong("", "expected either each = [{…}, …] or always = {…}")
        if "always" in entry:
            return StateEntry(always=self._values(entry.table("always"), kind))
        return StateEntry(each=tuple(self._values(each, kind) for each in entry.tables("each")))

    def _values(self, table: Table, kind: StateKind) -> StateValues:
        """Resolve `env:` and `file:` in tokens; whether the values suffice is found out when a check needs them."""
        values = dict(table.values)
        for name, type_ in kind.values.items():
            if type_ == "token" and isinstance(values.get(name), str):
                text = values[name]
                values[name] = self._secret(table, name, text)
                if text.startswith("env:"):
                    self.token_names[values[name]] = text.removeprefix("env:")
        return values

    def _handler(self) -> StateHandler | None:
        if "state_handler" not in self.root:
            return None
        section = self.root.table("state_handler")
        section.only("url", "command", "python", "timeout_s", "teardown")
        if sum(name in section for name in ("url", "command", "python")) != 1:
            raise section.wrong("", "expected exactly one of url, command and python")
        handler = StateHandler(
            url=section.text("url"),
            command=section.texts("command"),
            python=section.text("python"),
            timeout_s=section.number("timeout_s", DEFAULT_TIMEOUT_S),
            teardown=section.boolean("teardown", default=False),
            folder=self.path.parent.resolve(),
        )
        if handler.url:
            _http_url(section, "url")
        if handler.python and not all(handler.python.partition(":")):
            raise section.wrong("python", f"expected 'module:function', got {handler.python!r}")
        return handler


@cache
def _version() -> str:
    # Read once: it is looked up in files, and each request says it.
    return version("assay")


def _http_url(section: Table, key: str) -> str:
    url = section.text(key, required=True)
    if "@" in re.split("[/?#]", url.rpartition("://")[2], maxsplit=1)[0]:
        raise section.wrong(key, "holds credentials; those of the target belong into [auth] token")
    try:
        Address.of(url)
    except NoAddressError as problem:
        # What holds a password is not shown, also where it is no URL that could be taken apart.
        shown = "" if "@" in url else f", got {url!r}"
        raise section.wrong(key, f"expected an http or https URL{shown}: {problem.why}") from None
    return url


def _scheme(auth: Table, contract: Contract) -> str:
    scheme = auth.text("scheme", default=contract.auth_scheme, empty=True)
    if not _is_plain(scheme):
        raise auth.wrong("scheme", f"expected printable ASCII without blanks for the header {contract.auth_header}")
    return scheme


def _keep_out(section: Table, key: str, text: str, token: str | None) -> None:
    """Refuse the token in what stands in every report, and would become something else without it."""
    if token is not None and len(token) >= _LEAST_SECRET and token in text:
        raise section.wrong(key, "holds the token; it stands in every report")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
