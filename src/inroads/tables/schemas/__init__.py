"""The tables of a study."""

from __future__ import annotations

from inroads.tables.schemas.evidence import (
    ASSUMPTIONS,
    EVENTS,
    FACTS,
    RELEASES,
    SHIPMENTS,
    STATES,
)
from inroads.tables.schemas.launches import BOUNDS, LAUNCHES, MEASURES
from inroads.tables.schemas.market import CHANNELS, MARGINS, MOMENTS, OFFERS, PRODUCTS, TARGETS

__all__ = [
    "ASSUMPTIONS",
    "BOUNDS",
    "CHANNELS",
    "EVENTS",
    "FACTS",
    "LAUNCHES",
    "MARGINS",
    "MEASURES",
    "MOMENTS",
    "OFFERS",
    "PRODUCTS",
    "RELEASES",
    "SCHEMAS",
    "SHIPMENTS",
    "STATES",
    "TARGETS",
]

SCHEMAS = {
    schema.file.removesuffix(".csv"): schema
    for schema in (
        *(FACTS, ASSUMPTIONS, PRODUCTS, CHANNELS, OFFERS, MARGINS, TARGETS),
        *(EVENTS, SHIPMENTS, LAUNCHES),
    )
}
