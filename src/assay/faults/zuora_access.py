"""Faults that Zuora's operations share: credentials, permissions, entities and orgs."""

from __future__ import annotations

import hmac

from assay.faults import fault
from assay.reference.messages import Asked, Refused, Reply
from assay.reference.vendor import MAIN_CALLER, Caller
from assay.reference.zuora import IMPORT, RERUN, UPDATE, Zuora

_PREFIX = 8
_DEFINITION = b"workflow_definition_id"


# Credentials


class _Admitting(Zuora):
    """Takes some requests for requests of the main caller although their credentials are not the main caller's."""

    main_token = ""

    def admit_main_caller(self, token: str) -> None:
        self.main_token = token
        super().admit_main_caller(token)

    def authenticate(self, asked: Asked) -> Caller:
        try:
            return super().authenticate(asked)
        except Refused:
            if self.admits(self.credentials(asked)):
                return Caller(MAIN_CALLER, self.permissions)
            raise

    def admits(self, token: str | None) -> bool:
        raise NotImplementedError


@fault("credentials-not-demanded", violates="no-credentials", on=(RERUN, UPDATE, IMPORT))
class CredentialsNotDemanded(Zuora):
    """A request without credentials is carried out."""

    def authenticate(self, asked: Asked) -> Caller:
        if asked.header("authorization") is None:
            return Caller(MAIN_CALLER, self.permissions)
        return super().authenticate(asked)


@fault("credentials-not-demanded-for-new-versions", violates="no-credentials", on=IMPORT)
class CredentialsNotDemandedForNewVersions(CredentialsNotDemanded):
    """A request without credentials is carried out where it is for a new version of a known definition."""

    def authenticate(self, asked: Asked) -> Caller:
        return super().authenticate(asked) if _DEFINITION in asked.query else Zuora.authenticate(self, asked)


@fault("refusal-that-says-ok", violates="no-credentials", on=IMPORT)
class RefusalThatSaysOk(Zuora):
    """A request without credentials is answered with 200 and an error in the body."""

    def refusal(self, refused: Refused) -> Reply:
        if refused.kind == "no-credentials":
            return Reply.of_json(200, {"success": False, "reasons": [{"code": 401, "message": refused.message}]})
        return super().refusal(refused)


@fault("performed-before-authentication", violates="refused-not-performed", on=(RERUN, UPDATE, IMPORT))
class PerformedBeforeAuthentication(Zuora):
    """A request without credentials is refused, but what it asks for is done."""

    def authenticate(self, asked: Asked) -> Caller:
        try:
            return super().authenticate(asked)
        except Refused:
            self.attempt(asked, self.read_content(asked))
            raise


@fault("any-token-accepted", violates="wrong-token", on=RERUN)
class AnyTokenAccepted(_Admitting):
    """Any token whatever is taken for valid."""

    def admits(self, token: str | None) -> bool:
        return bool(token)


@fault("any-token-accepted-for-new-versions", violates="wrong-token", on=IMPORT)
class AnyTokenAcceptedForNewVersions(AnyTokenAccepted):
    """Any token whatever is taken for valid where a new version of a known definition is asked for."""

    def authenticate(self, asked: Asked) -> Caller:
        return super().authenticate(asked) if _DEFINITION in asked.query else Zuora.authenticate(self, asked)


@fault("scheme-ignored", violates="token-scheme", on=(RERUN, UPDATE, IMPORT))
class SchemeIgnored(Zuora):
    """The token is taken whatever scheme the Authorization header names."""

    def credentials(self, asked: Asked) -> str | None:
        return (asked.header("authorization") or "").rpartition(" ")[2] or None


@fault("token-compared-by-prefix", violates="wrong-token", on=UPDATE)
class TokenComparedByPrefix(_Admitting):
    """Only the first 8 characters of the token are compared."""

    def admits(self, token: str | None) -> bool:
        return token is not None and token[:_PREFIX] == self.main_token[:_PREFIX]


@fault("token-compared-without-case", violates="wrong-token", on=IMPORT)
class TokenComparedWithoutCase(_Admitting):
    """The token is compared without regard to letter case."""

    def admits(self, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(
            token.lower().encode("latin-1"), self.main_token.lower().encode()
        )


# Permissions


@fault("permission-not-checked", violates="no-permission", on=(RERUN, UPDATE, IMPORT))
class PermissionNotChecked(Zuora):
    """Every authenticated caller may do it, whatever permissions the caller has."""

    def authorise(self, asked: Asked, caller: Caller) -> None:
        pass


@fault("performed-without-permission", violates="refused-not-performed", on=(RERUN, UPDATE, IMPORT))
class PerformedWithoutPermission(Zuora):
    """A caller without the permission is refused, but what the caller asks for is done."""

    def authorise(self, asked: Asked, caller: Caller) -> None:
        try:
            super().authorise(asked, caller)
        except Refused:
            self.attempt(asked, self.read_content(asked))
            raise


# Entities and orgs


@fault("entities-refused", violates="entity-within-bounds", on=(RERUN, UPDATE))
class EntitiesRefused(Zuora):
    """Every request with the header Zuora-Entity-Ids is refused."""

    def check_entities(self, asked: Asked) -> None:
        if asked.header("zuora-entity-ids") is not None:
            raise Refused(400, "no-entities", "The header Zuora-Entity-Ids is not supported.")


@fault("orgs-refused", violates="org-within-bounds", on=(RERUN, UPDATE))
class OrgsRefused(Zuora):
    """Every request with the header Zuora-Org-Ids is refused."""

    def check_orgs(self, asked: Asked) -> None:
        if asked.header("zuora-org-ids") is not None:
            raise Refused(400, "no-orgs", "The header Zuora-Org-Ids is not supported.")


@fault("org-list-taken-for-one-org", violates="org-within-bounds", on=(RERUN, UPDATE))
class OrgListTakenForOneOrg(Zuora):
    """A list of several orgs is taken for one org, which nobody may use."""

    def ids_in(self, value: str) -> list[str]:
        return [value] if value else []


@fault("org-behind-a-blank-dropped", violates="org-out-of-bounds", on=UPDATE)
class OrgBehindABlankDropped(Zuora):
    """An org behind a blank in the list is no id to the server, and is left out."""

    def ids_in(self, value: str) -> list[str]:
        return [each for each in value.split(",") if each and each == each.strip()]


@fault("performed-in-a-closed-org", violates="refused-not-performed", on=(RERUN, UPDATE))
class PerformedInAClosedOrg(Zuora):
    """A request that names a closed org is refused, but what it asks for is done."""

    def check_orgs(self, asked: Asked) -> None:
        try:
            super().check_orgs(asked)
        except Refused:
            self.attempt(asked, self.read_content(asked))
            raise
