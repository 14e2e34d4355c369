"""The files that belong to the old system: interface exports in GBK and a configuration."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

_CONFIG = """\
; 旧系统接口配置
[export]
encoding = GBK
folder = export
[bank]
host = bank.example.invalid
mode = 日终
"""


def write(
    folder: Path,
    customers: Iterable[dict[str, Any]],
    dues: Iterable[tuple[str, str, str, int]],
    day: date,
) -> None:
    """Write the exports of `day` and interface.cfg under `folder`, which must not exist.

    ``dues`` are the open invoices: number, customer, due date, open cents.

    Characters GBK does not have become `?`, as the old system wrote them.
    """
    (folder / "export").mkdir(parents=True)
    stamp = day.strftime("%Y%m%d")
    names = [(row["cuno"], row["cnm1"], row["city"], row["curr"]) for row in customers]
    _csv(folder / "export" / f"cust_{stamp}.csv", ("客户编号", "名称", "城市", "币种"), names)
    _csv(
        folder / "export" / f"aropen_{stamp}.csv", ("发票", "客户编号", "到期日", "未收(分)"), dues
    )
    (folder / "interface.cfg").write_bytes(_CONFIG.encode("gbk"))


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("gbk", errors="replace"))
