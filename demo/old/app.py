"""The old system's web application: wires its screens and APIs to one database."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from demo.old.business import OldBusiness
from demo.old.desk import Desk
from demo.old.schema import currency
from demo.old.screens import Screens
from demo.web.accounts import Accounts
from demo.web.api import Api, Switch
from demo.web.front import Front
from demo.web.quotation import Quotation
from demo.web.standing import MOST_BYTES, error_handlers, standing_routes
from demo.web.version import build_of, site_name

__all__ = ["create_app"]


def create_app(folder: Path, dsn: str) -> Starlette:
    """Return the application on the demo folder and the database at an SQLAlchemy DSN."""
    desk = Desk(folder, dsn)
    version = {
        "system": "old",
        "build": build_of("old", "web", "wording.py"),
        "site": site_name(),
    }
    front = Front(
        system="old",
        folder=folder,
        accounts=Accounts(desk.account),
        sign_in_path="/logon",
        home_path="/ordlist",
        version=version,
    )
    business = OldBusiness(desk)
    switches = (
        Switch(name="freeze", state="frozen", on=True, do=desk.freeze),
        Switch(name="unfreeze", state="frozen", on=False, do=desk.unfreeze),
    )
    routes: list[Route | Mount] = [
        *standing_routes(version, desk.check),
        *Api(front, business, switches).routes(),
        *Quotation(front, business, path="/quote", currency=currency).routes(),
        *Screens(front, business).routes(),
        Mount("/res", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    return Starlette(
        routes=routes, exception_handlers=error_handlers(front), max_body_size=MOST_BYTES
    )
