"""A page's frame: templates, words, and what every page shows of its visitor and the present."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.complaints.wording import Language, load_languages
from libs.redis.signals import Signals
from services.console import visit
from services.console.gateway import Gateway, NotSignedIn
from services.console.lanes import instant
from services.console.lookback import LookBack, look_back
from services.console.presenting import Presenter, kind_of, segments, shares, worst
from services.console.settings import ConsoleSettings

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = Path(__file__).parent / "languages"


class Pages:
    """Renders pages; holds the catalogues, the templates and the way to the services."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self.settings = settings
        self.languages = load_languages(_WORDS)
        self.analytics = Gateway(settings.analytics_url)
        self.dispatch = Gateway(settings.dispatch_url)
        self.intake = Gateway(settings.intake_url)
        self.signals = Signals(settings.redis, service="console")
        self._organisation: dict[str, Any] | None = None
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._environment.globals.update(
            kind_of=kind_of, shares=shares, worst=worst, segments=segments
        )

    async def close(self) -> None:
        """Close the connections to the services."""
        await self.analytics.close()
        await self.dispatch.close()
        await self.intake.close()

    async def organisation(self, token: str) -> dict[str, Any]:
        """Names and places of the units, asked once: they change by deployment only."""
        if self._organisation is None:
            self._organisation = await self.analytics.get("/organisation", token)
        return self._organisation

    def visitor(self, request: Request) -> visit.Visitor:
        """Who looks; raises NotSignedIn."""
        found = visit.visitor_of(request.cookies.get(visit.TOKEN_COOKIE, ""))
        if found is None:
            raise NotSignedIn(request.url.path)
        return found

    async def render(
        self,
        request: Request,
        template: str,
        here: str,
        /,
        present: Mapping[str, Any],
        look: LookBack | None = None,
        **values: object,
    ) -> Response:
        """A page inside the frame; `look`: the past that it shows, if it does."""
        markup = await self.markup(request, template, here, present=present, look=look, **values)
        return HTMLResponse(markup)

    async def markup(
        self,
        request: Request,
        template: str,
        here: str,
        /,
        present: Mapping[str, Any],
        look: LookBack | None = None,
        **values: object,
    ) -> str:
        """The HTML of a page, or of a part of one (live updates)."""
        visitor = self.visitor(request)
        organisation = await self.organisation(visitor.token)
        language = visit.language_of(request, self.languages)
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return self._environment.get_template(template).render(
            **self._words(language, organisation["titles"]),
            presenter=Presenter(
                language,
                self.settings.timezone,
                organisation["units"],
                stands=look is not None,
            ),
            visitor=visitor,
            present=present,
            present_at=look.at if look else instant(present["now"]),
            look=look,
            here=here,
            back=back,
            **values,
        )

    def look(self, request: Request) -> LookBack | None:
        """The past that the page's address asks for; raises InvalidQuery."""
        return look_back(request.query_params, self.settings.timezone)

    def gate(self, request: Request, *, refused: bool = False) -> Response:
        """The sign-in page; 401 where it answers a refused token."""
        language = visit.language_of(request, self.languages)
        accounts = visit.demo_accounts(self.settings.demo_accounts)
        units = (self._organisation or {}).get("units", {})
        markup = self._environment.get_template("gate.html").render(
            **self._words(language),
            presenter=Presenter(language, self.settings.timezone, units),
            accounts=accounts,
            refused=refused,
        )
        return HTMLResponse(markup, status_code=401 if refused else 200)

    def problem(self, request: Request, reason: str, status: int) -> Response:
        """An error page in the visitor's language; it repeats nothing of the request."""
        language = visit.language_of(request, self.languages)
        template = self._environment.get_template("problem.html")
        return HTMLResponse(
            template.render(**self._words(language), reason=reason), status_code=status
        )

    def _words(
        self, language: Language, titles: Mapping[str, Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        def term(kind: str, code: object) -> str:
            # Our catalogue is terse; what it does not know has the title its procedure gives it.
            word = language.term(kind, code)
            declared = (titles or {}).get(kind, {}).get(str(code))
            return language.pick(declared, word) if word == str(code) else word

        return {
            "language": language,
            "languages": list(self.languages.values()),
            "t": language.say,
            "term": term,
        }


def to_gate() -> Response:
    """Send the visitor to sign in."""
    return RedirectResponse("/login", status_code=303)


def now_of(present: Mapping[str, Any]) -> datetime:
    """The services' present, as an answer of theirs says it."""
    return instant(present["now"])
