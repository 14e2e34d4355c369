"""What a quoted value comes to on a site: its calendar and dates, and what is remembered."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date

from golive.uat.dates import NoSuchDay
from golive.uat.screen import Unclear
from golive.uat.site import Site
from golive.uat.values import UnknownValue, expand
from golive.uat.wording import say
from golive.uat.writtendays import date_writer

__all__ = ["value_of"]


def value_of(text: str, site: Site, remembered: Mapping[str, str], language: str) -> str:
    """Work out a quoted value as of today.

    Raise Unclear when it uses a name nothing is remembered as, or a day the calendar has not.
    """
    try:
        return expand(
            text,
            {**site.data, **remembered},
            date.today(),  # noqa: DTZ011 - the user's own day
            working=site.labels.calendar(),
            write=date_writer(site.labels.date_pattern(site.target.name, site.build)),
            digits=lambda count: "".join(secrets.choice("0123456789") for _ in range(count)),
        )
    except UnknownValue as error:
        known = ", ".join([*remembered, *site.data]) or "-"
        raise Unclear(
            say(
                language,
                f"nothing is remembered as “{error.args[0]}”; remembered: {known}",
                f"没有记住名为“{error.args[0]}”的值；已记住：{known}",
            )
        ) from error
    except NoSuchDay as error:
        english, chinese = error.args
        raise Unclear(
            say(
                language,
                f"there is no day “{text}”: {english}; for the words themselves write “\\{text}”",
                f"没有“{text}”这一天：{chinese}；若要按原文填写，请写成“\\{text}”",
            )
        ) from error
