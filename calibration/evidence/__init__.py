"""The targets: what states did, what polls found and what trade figures show. No simulation may read them."""

from calibration.evidence import sides
from calibration.evidence.loading import (
    TABLES,
    Opinion,
    Response,
    TradeShare,
    load_opinion,
    load_responses,
    load_trade,
)

__all__ = [
    "TABLES",
    "Opinion",
    "Response",
    "TradeShare",
    "load_opinion",
    "load_responses",
    "load_trade",
    "sides",
]
