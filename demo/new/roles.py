"""Who may do what in the new system."""

from __future__ import annotations

from demo.web.accounts import Account
from demo.web.refusal import FORBIDDEN, refuse

__all__ = ["require"]

_ALLOWED = {
    "create": ("clerk", "approver", "admin"),
    "submit": ("clerk", "approver", "admin"),
    "approve": ("approver", "admin"),
    "reject": ("approver", "admin"),
    "ship": ("clerk", "admin"),
    "invoice": ("finance", "admin"),
    "pay": ("finance", "admin"),
}


def require(account: Account, action: str, fault: str = "") -> None:
    """Raise Refusal 403 when the account's role may not do the action.

    The fault `broken-approval` is here: clerks may approve.
    """
    if fault == "broken-approval" and (account.role, action) == ("clerk", "approve"):
        return
    if account.role not in _ALLOWED[action]:
        raise refuse(
            FORBIDDEN, "role_refused", role=f"key:role_{account.role}", what=f"key:may_{action}"
        )
