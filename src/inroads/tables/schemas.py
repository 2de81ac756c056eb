"""The tables of a study."""

from __future__ import annotations

from inroads.tables.schema import Column, Schema

FACTS = Schema(
    "facts.csv",
    (
        Column("id", "id"),
        Column("subject", "text"),
        Column("metric", "text"),
        Column("value", "number", references=False),
        Column("unit", "text", required=False),
        Column("period", "text", required=False),
        Column("published", "date"),
        Column("source", "text"),
        Column("url", "text", required=False),
        Column("quote", "text", required=False),
        Column("quality", "text", required=False),
        Column("note", "text", required=False),
    ),
    key=("id", "period", "published"),
)

ASSUMPTIONS = Schema(
    "assumptions.csv",
    (
        Column("id", "id"),
        Column("value", "number", references=False),
        Column("low", "number", references=False),
        Column("high", "number", references=False),
        Column("unit", "text", required=False),
        Column("reason", "text"),
    ),
    key=("id",),
)

PRODUCTS = Schema(
    "products.csv",
    (
        Column("product", "text"),
        Column("manufacturer", "text"),
        Column("brand", "text"),
        Column("platform", "text", required=False),
        Column("tier", "text", required=False),
        Column("launched", "date"),
        Column("standards", "text", required=False, default="any"),
        Column("price", "number", required=False, low=0, low_open=True, unit="dollars"),
    ),
    key=("product",),
    extra="number",
)

CHANNELS = Schema(
    "channels.csv",
    (
        Column("channel", "text"),
        Column("standard", "text", required=False, default="any"),
        Column("months", "number", required=False, low=0, unit="months"),
        Column("down", "number", required=False, low=0, unit="dollars"),
        Column("limit", "number", required=False, low=0, unit="dollars"),
        # Shares, percents or counts: only the proportions between channels matter.
        Column("members", "number", required=False, low=0),
    ),
    key=("channel",),
)

OFFERS = Schema(
    "offers.csv",
    (
        Column("product", "text"),
        Column("channel", "text"),
        Column("price", "number", low=0, low_open=True, unit="dollars"),
        Column("months", "number", required=False, low=0, unit="months"),
        Column("down", "number", required=False, low=0, unit="dollars"),
    ),
    key=("product", "channel"),
)

MARGINS = Schema(
    "margins.csv",
    (
        Column("name", "text"),
        Column("manufacturer", "list", required=False),
        Column("product", "list", required=False),
        Column("channel", "list", required=False),
        Column("value", "number", low=0, high=1, unit="share, 1 = 100 percent"),
        Column("of", "text", required=False),
    ),
    key=("name",),
)

# What study/market/targets.py can compute.
MOMENTS = (
    "elasticity",
    "channel_switching",
    "brand_switching",
    "brand_switching_open",
    "retention",
    "financed",
    "share",
)

TARGETS = Schema(
    "targets.csv",
    (
        Column("name", "text"),
        Column("moment", "text", choices=MOMENTS),
        Column("of", "text", required=False),
        Column("value", "number"),
        Column("error", "number", required=False, low=0, low_open=True),
        Column("label", "text", required=False),
        Column("note", "text", required=False),
    ),
    key=("name",),
)

#: how far talks have come, in order
STATES = ("rumoured", "talks", "agreed", "launched", "collapsed")

EVENTS = Schema(
    "events.csv",
    (
        Column("date", "date"),
        Column("manufacturer", "text"),
        Column("channel", "text"),
        Column("state", "text", choices=STATES),
        Column("event", "text"),
        Column("published", "date"),
        Column("source", "text"),
        Column("url", "text", required=False),
        Column("quote", "text", required=False),
    ),
    key=("date", "manufacturer", "channel"),
    optional=True,
)

#: of one quarter, what was printed first, and what later tables say of it
RELEASES = ("first", "later")

SHIPMENTS = Schema(
    "shipments.csv",
    (
        Column("counted_by", "text"),
        Column("manufacturer", "text"),
        Column("period", "text"),
        Column("release", "text", choices=RELEASES),
        Column("value", "number", references=False, low=0, low_open=True),
        Column("unit", "text", required=False),
        Column("published", "date"),
        Column("source", "text"),
        Column("url", "text", required=False),
        Column("quote", "text", required=False),
        Column("quality", "text", required=False),
        Column("note", "text", required=False),
    ),
    key=("counted_by", "manufacturer", "period", "published"),
    optional=True,
)

SCHEMAS = {
    schema.file.removesuffix(".csv"): schema
    for schema in (
        *(FACTS, ASSUMPTIONS, PRODUCTS, CHANNELS, OFFERS, MARGINS, TARGETS),
        *(EVENTS, SHIPMENTS),
    )
}
