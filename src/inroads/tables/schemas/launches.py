"""The table of past launches, against which a study's market is tested."""

from __future__ import annotations

from inroads.tables.schema import Column, Schema
from inroads.tables.schemas.evidence import NOTE, PUBLISHED, QUALITY, QUOTE, SOURCE, URL

#: what a figure of a past launch is of: units sold, a share of what a channel sold, of what a
#: channel's members bought anywhere, of what everybody bought
MEASURES = ("units", "share_of_channel", "share_of_members", "share_of_market")
BOUNDS = ("none", "upper", "lower")

LAUNCHES = Schema(
    "launches.csv",
    (
        Column("launch", "text", description="Its name; several figures may be of one launch."),
        Column("manufacturer", "text", description="Whose; any name, but that of the product."),
        Column(
            "brand",
            "text",
            required=False,
            description="The product's brand; its own, or the manufacturer's name, where blank.",
        ),
        Column(
            "product",
            "text",
            required=False,
            description="Which product of products.csv; blank for one that is not there, which the "
            "columns `platform` to `price` and those of specifications then say.",
        ),
        Column("platform", "text", required=False, description="As in products.csv."),
        Column(
            "tier",
            "text",
            required=False,
            description="As in products.csv; the mean of its products on sale stands for what is "
            "not said of price and specifications.",
        ),
        Column(
            "standards",
            "text",
            required=False,
            default="any",
            description="As in products.csv.",
        ),
        Column("launched", "date", description="When it was launched."),
        Column("channels", "list", description="Where it was on sale, as in channels.csv."),
        Column(
            "channel",
            "list",
            required=False,
            description="Which channels the figure is of; all where it was on sale if blank.",
        ),
        Column(
            "price",
            "number",
            required=False,
            low=0,
            low_open=True,
            unit="dollars",
            description="At all of its channels; blank: as offers.csv has it there, else the "
            "product's, else the mean of its tier.",
        ),
        Column(
            "known_before",
            "number",
            required=False,
            low=0,
            high=1,
            unit="share",
            description="The share that knew the brand; blank: as in the study's market.",
        ),
        Column(
            "known",
            "number",
            required=False,
            low=0,
            high=1,
            unit="share",
            description="The share that knew it after its campaign, if that is known.",
        ),
        Column("measure", "text", choices=MEASURES, description="What the figure is of."),
        Column(
            "months",
            "number",
            references=False,
            low=0,
            low_open=True,
            unit="months",
            description="How long a time it covers.",
        ),
        Column(
            "value",
            "number",
            references=False,
            low=0,
            low_open=True,
            description="The figure: units, or a share.",
        ),
        Column(
            "bound",
            "text",
            required=False,
            choices=BOUNDS,
            default="none",
            description="Whether it was at most (upper) or at least (lower) that.",
        ),
        Column(
            "error",
            "number",
            references=False,
            low=0,
            low_open=True,
            description="Of the report: a standard deviation of its logarithm, 0.7 for a factor "
            "of two.",
        ),
        Column(
            "market_sales",
            "number",
            required=False,
            low=0,
            low_open=True,
            description="Units that everybody bought then, in a period as long as the study's; "
            "blank: as in its market.",
        ),
        PUBLISHED,
        SOURCE,
        URL,
        QUOTE,
        QUALITY,
        NOTE,
    ),
    key=("launch", "channel", "measure", "bound"),
    extra="number",
    extra_blank=True,
    optional=True,
    purpose="How past launches went. Each is predicted in the study's market as if it were new, "
    "and compared. Rows published after `study.as_of` are not used. Other columns are "
    "specifications, as in products.csv; blank ones are the mean of the tier.",
)
