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
        Column("months", "number", required=False, low=0, unit="months", default="0"),
        Column("down", "number", required=False, low=0, unit="dollars", default="0"),
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

#: what a figure of a past launch is of: units sold, a share of what a channel sold, of what a
#: channel's members bought anywhere, of what everybody bought
MEASURES = ("units", "share_of_channel", "share_of_members", "share_of_market")
BOUNDS = ("none", "upper", "lower")

LAUNCHES = Schema(
    "launches.csv",
    (
        Column("launch", "text"),
        Column("manufacturer", "text"),
        Column("brand", "text", required=False),
        # Blank for what is not in products.csv: then the columns to come and those of its own.
        Column("product", "text", required=False),
        Column("platform", "text", required=False),
        Column("tier", "text", required=False),
        Column("standards", "text", required=False, default="any"),
        Column("launched", "date"),
        # Where it was on sale, and which of these the figure is of: all where blank.
        Column("channels", "list"),
        Column("channel", "list", required=False),
        Column("price", "number", required=False, low=0, low_open=True, unit="dollars"),
        Column("known_before", "number", required=False, low=0, high=1, unit="share"),
        Column("known", "number", required=False, low=0, high=1, unit="share"),
        Column("measure", "text", choices=MEASURES),
        Column("months", "number", references=False, low=0, low_open=True, unit="months"),
        Column("value", "number", references=False, low=0, low_open=True),
        Column("bound", "text", required=False, choices=BOUNDS, default="none"),
        Column("error", "number", references=False, low=0, low_open=True),
        # Units that everybody bought then, in a period of the study; as in its market where blank.
        Column("market_sales", "number", required=False, low=0, low_open=True),
        Column("published", "date"),
        Column("source", "text"),
        Column("url", "text", required=False),
        Column("quote", "text", required=False),
        Column("quality", "text", required=False),
        Column("note", "text", required=False),
    ),
    key=("launch", "channel", "measure", "bound"),
    extra="number",
    extra_blank=True,
    optional=True,
)

SCHEMAS = {
    schema.file.removesuffix(".csv"): schema
    for schema in (
        *(FACTS, ASSUMPTIONS, PRODUCTS, CHANNELS, OFFERS, MARGINS, TARGETS),
        *(EVENTS, SHIPMENTS, LAUNCHES),
    )
}
