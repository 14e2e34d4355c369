"""Undo of load_orders: deletes payments, invoices, lines and orders from the new system."""

from __future__ import annotations

from databases import new
from job import start
from loading import purge

if __name__ == "__main__":
    tables = (new.payment, new.invoice, new.sales_order_line, new.sales_order)
    purge(start(__doc__ or ""), "orders", tables)
