"""Undo of load_master: deletes customers, products, prices and stock from the new system."""

from __future__ import annotations

from databases import new
from job import start
from loading import purge

if __name__ == "__main__":
    tables = (new.stock, new.price, new.product, new.customer)
    purge(start(__doc__ or ""), "master", tables)
