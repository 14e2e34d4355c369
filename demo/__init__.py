"""An old and a new order-to-cash system and the gateway before them: golive's demo pair."""
