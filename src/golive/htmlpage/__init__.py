"""Static pages that ask nothing of any network: templates, one style, and its policy."""

from golive.htmlpage.rendering import Pages, policy_for

__all__ = ["Pages", "policy_for"]
