"""Tables of the market: products, channels, offers, and what it is fitted to."""

from __future__ import annotations

from inroads.tables.schema import Column, Schema

PRODUCTS = Schema(
    "products.csv",
    (
        Column("product", "text", description="A name of its own."),
        Column("manufacturer", "text", description="Who makes it."),
        Column("brand", "text", description="What buyers know it by, and may own already."),
        Column(
            "platform",
            "text",
            required=False,
            description="What it belongs to besides its brand: buyers may prefer the one they own.",
        ),
        Column("tier", "text", required=False, description="A group that a target may name."),
        Column("launched", "date", description="When it came, or will come, on sale."),
        Column(
            "standards",
            "text",
            required=False,
            default="any",
            description="The channels' standards that it meets, joined by '+': gsm+cdma.",
        ),
        Column(
            "price",
            "number",
            required=False,
            low=0,
            low_open=True,
            unit="dollars",
            description="Its list price, for launches and deals. Needed for products not on sale.",
        ),
    ),
    key=("product",),
    extra="number",
    purpose="Every product on sale, and those that may come. Any further column is a number that "
    "the formula of [hedonic] may name.",
)

CHANNELS = Schema(
    "channels.csv",
    (
        Column("channel", "text", description="A name of its own."),
        Column(
            "standard",
            "text",
            required=False,
            default="any",
            description="What products have to meet to work for its members.",
        ),
        Column(
            "months",
            "number",
            required=False,
            low=0,
            unit="months",
            description="How long its buyers may pay; blank or 0: at once.",
        ),
        Column(
            "down",
            "number",
            required=False,
            low=0,
            unit="dollars",
            description="What is paid at once where the rest is paid over time; blank: nothing.",
        ),
        Column(
            "limit",
            "number",
            required=False,
            low=0,
            unit="dollars",
            description="The most of a price that may be paid over time; blank: any part.",
        ),
        Column(
            "members",
            "number",
            required=False,
            low=0,
            description="Consumers whose own channel it is: shares, percents or counts, for only "
            "proportions between channels matter. Blank for an open channel, which has none and "
            "does not bargain.",
        ),
        Column(
            "regions",
            "list",
            required=False,
            description="The regions of [[market.region]] in which it is; blank: all. Members live "
            "there: `members` are proportions between the channels of a region.",
        ),
    ),
    key=("channel",),
    purpose="Where products are sold: channels with members, and open ones.",
)

OFFERS = Schema(
    "offers.csv",
    (
        Column("product", "text", description="As in products.csv."),
        Column("channel", "text", description="As in channels.csv."),
        Column(
            "price",
            "number",
            low=0,
            low_open=True,
            unit="dollars",
            description="Its list price there.",
        ),
        Column(
            "months",
            "number",
            required=False,
            low=0,
            unit="months",
            description="How long buyers may pay; blank: as at the channel.",
        ),
        Column(
            "down",
            "number",
            required=False,
            low=0,
            unit="dollars",
            description="What is paid at once; blank: as at the channel.",
        ),
        Column(
            "regions",
            "list",
            required=False,
            description="The regions in which it is to be had, of those that the channel is in; "
            "blank: all of them.",
        ),
    ),
    key=("product", "channel"),
    purpose="What is on sale where, at which price, in the period of the data.",
)

MARGINS = Schema(
    "margins.csv",
    (
        Column("name", "text", description="A name of its own."),
        Column(
            "manufacturer",
            "list",
            required=False,
            description="Counts offers of these only; blank: of all.",
        ),
        Column("product", "list", required=False, description="Likewise."),
        Column("channel", "list", required=False, description="Likewise."),
        Column(
            "region",
            "list",
            required=False,
            description="Counts what is bought in these of [[market.region]] only; blank: in all.",
        ),
        Column(
            "value",
            "number",
            low=0,
            high=1,
            unit="share, 1 = 100 percent",
            description="The part of units sold. Where all parts are listed, they add up to 1.",
        ),
        Column(
            "of",
            "text",
            required=False,
            description="The name of the row that it is a part of; blank: of all sales.",
        ),
    ),
    key=("name",),
    purpose="Shares of units sold, by manufacturer, product or channel, which the market meets "
    "exactly. Rows add up to all sales. Products that no row tells apart are liked alike.",
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
    "taste",
)

TARGETS = Schema(
    "targets.csv",
    (
        Column("name", "text", description="A name of its own."),
        Column("moment", "text", choices=MOMENTS, description="What is measured: see Targets."),
        Column("of", "text", required=False, description="Of what or whom: see Targets."),
        Column("value", "number", description="What was measured."),
        Column(
            "error",
            "number",
            required=False,
            low=0,
            low_open=True,
            description="Its standard error. Blank: a check, not met but shown beside the model.",
        ),
        Column("label", "text", required=False, description="What the page calls it."),
        Column("note", "text", required=False, description="Anything else; nothing reads it."),
    ),
    key=("name",),
    optional=True,
    purpose="Numbers from which tastes are found: at least as many rows with an error as "
    "[parameters] are searched; not needed where none is.",
)
