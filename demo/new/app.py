"""The new system's web application: wires its pages and APIs to one database."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from demo import faults
from demo.new.business import NewBusiness
from demo.new.office import Office
from demo.new.pages import Pages
from demo.new.proposals import Proposals
from demo.new.settings import NODES, Rules, read_settings
from demo.web.accounts import Accounts
from demo.web.api import Api, Switch
from demo.web.front import Front
from demo.web.gateway_mark import came_by_gateway
from demo.web.quotation import Quotation
from demo.web.standing import MOST_BYTES, error_handlers, standing_routes
from demo.web.version import build_of, patches, site_name

__all__ = ["create_app"]


def create_app(folder: Path, dsn: str, node: str = "new") -> Starlette:
    """Return the application of one node on the demo folder and the database at a DSN.

    Until it is opened, users who come by the gateway see a maintenance page; testers work at the
    system's own address.
    """
    office = Office(folder, dsn)
    settings = read_settings(folder, node)
    version = {
        "system": "new",
        "build": build_of("new", "web", "wording.py", patches=patches(folder)),
        "site": site_name(NODES[node]),
        "configuration": {"sha256": settings.digest(), "settings": settings.texts()},
    }

    def closed(request: Request) -> bool:
        return came_by_gateway(request) and not office.is_open()

    front = Front(
        system="new",
        folder=folder,
        accounts=Accounts(office.account),
        sign_in_path="/sign-in",
        home_path="/orders",
        version=version,
        closed=closed,
    )
    business = NewBusiness(office, Rules(settings=settings, fault=faults.active(folder)))
    switches = (
        Switch(name="open", state="open", on=True, do=office.let_in),
        Switch(name="close", state="open", on=False, do=office.keep_out),
    )
    routes: list[Route | Mount] = [
        *standing_routes(version, office.check),
        *Api(front, business, switches).routes(),
        *Quotation(front, business, path="/quotation").routes(),
        *Proposals(front, business).routes(),
        *Pages(front, business).routes(),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    return Starlette(
        routes=routes, exception_handlers=error_handlers(front), max_body_size=MOST_BYTES
    )
