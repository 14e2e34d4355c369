"""Which role may press which key in the old system."""

from __future__ import annotations

from demo.web.accounts import Account
from demo.web.refusal import FORBIDDEN, refuse

__all__ = ["require"]

#: Role → the keys it may press.
_KEYS = {
    "clerk": {"create", "submit", "ship"},
    "approver": {"create", "submit", "approve", "reject"},
    "finance": {"invoice", "pay"},
    "admin": {"create", "submit", "approve", "reject", "ship", "invoice", "pay"},
}


def require(account: Account, key: str) -> None:
    """Raise Refusal 403 when the account's role may not press the key."""
    if key not in _KEYS.get(account.role, ()):
        raise refuse(
            FORBIDDEN, "role_refused", role=f"key:role_{account.role}", what=f"key:may_{key}"
        )
