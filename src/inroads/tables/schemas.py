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

DEVICES = Schema(
    "devices.csv",
    (
        Column("device", "text"),
        Column("maker", "text"),
        Column("brand", "text"),
        Column("platform", "text"),
        Column("tier", "text"),
        Column("launched", "date"),
        Column("networks", "text", required=False, default="any"),
        Column("price", "number", required=False, low=0, low_open=True, unit="dollars"),
    ),
    key=("device",),
    extra="number",
)

CHANNELS = Schema(
    "channels.csv",
    (
        Column("channel", "text"),
        Column("network", "text", required=False, default="any"),
        Column("months", "number", low=0, unit="months"),
        Column("down", "number", required=False, low=0, unit="dollars", default="0"),
        Column("limit", "number", required=False, low=0, unit="dollars"),
        # Shares, percents or connections: only the proportions between carriers count.
        Column("home", "number", required=False, low=0),
    ),
    key=("channel",),
)

OFFERS = Schema(
    "offers.csv",
    (
        Column("device", "text"),
        Column("channel", "text"),
        Column("price", "number", low=0, low_open=True, unit="dollars"),
        Column("months", "number", required=False, low=0, unit="months"),
        Column("down", "number", required=False, low=0, unit="dollars"),
    ),
    key=("device", "channel"),
)

MARGINS = Schema(
    "margins.csv",
    (
        Column("name", "text"),
        Column("maker", "list", required=False),
        Column("device", "list", required=False),
        Column("channel", "list", required=False),
        Column("value", "number", low=0, high=1, unit="share, 1 = 100 percent"),
        Column("of", "text", required=False),
    ),
    key=("name",),
)

# What study/market/targets.py can compute.
MOMENTS = (
    "elasticity",
    "carrier_switching",
    "brand_switching",
    "brand_switching_open",
    "retention",
    "instalments",
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
        Column("maker", "text"),
        Column("channel", "text"),
        Column("state", "text", choices=STATES),
        Column("event", "text"),
        Column("published", "date"),
        Column("source", "text"),
        Column("url", "text", required=False),
        Column("quote", "text", required=False),
    ),
    key=("date", "maker", "channel"),
    optional=True,
)

#: of one quarter, what was printed first, and what later tables say of it
RELEASES = ("first", "later")

SHIPMENTS = Schema(
    "shipments.csv",
    (
        Column("firm", "text"),
        Column("maker", "text"),
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
    key=("firm", "maker", "period", "published"),
    optional=True,
)

SCHEMAS = {
    schema.file.removesuffix(".csv"): schema
    for schema in (
        *(FACTS, ASSUMPTIONS, DEVICES, CHANNELS, OFFERS, MARGINS, TARGETS),
        *(EVENTS, SHIPMENTS),
    )
}
