"""Tables of what is known and assumed: facts, assumptions, events, shipments."""

from __future__ import annotations

from inroads.tables.schema import Column, Schema

PUBLISHED = Column("published", "date", description="When it became known.")
SOURCE = Column("source", "text", description="Who published it.")
URL = Column("url", "text", required=False, description="Where it can be read.")
QUOTE = Column("quote", "text", required=False, description="The words that say it.")
QUALITY = Column(
    "quality",
    "text",
    required=False,
    description="What kind of number it is: audited, estimate, survey.",
)
NOTE = Column("note", "text", required=False, description="Anything else; nothing reads it.")

FACTS = Schema(
    "facts.csv",
    (
        Column(
            "id",
            "id",
            description="What references name. Several rows may share one: a series over periods.",
        ),
        Column("subject", "text", description="Whom or what the number is about."),
        Column("metric", "text", description="What was measured."),
        Column("value", "number", references=False, description="The number, in `unit`."),
        Column(
            "unit",
            "text",
            required=False,
            description="A unit that begins with percent, million or billion scales the number: "
            "12 percent is used as 0.12, 3 million units as 3000000. A price is used without a tax "
            "that its unit says it holds: 119, EUR with 19 percent tax, as 100.",
        ),
        Column(
            "period",
            "text",
            required=False,
            description="What it is about: a year, half, quarter, month or day. Needed where rows "
            "share an id.",
        ),
        PUBLISHED,
        SOURCE,
        URL,
        QUOTE,
        QUALITY,
        NOTE,
    ),
    key=("id", "period", "published"),
    purpose="Numbers known from a source. What is published after `study.as_of` is not used.",
)

ASSUMPTIONS = Schema(
    "assumptions.csv",
    (
        Column("id", "id", description="What references name; no fact may have it too."),
        Column("value", "number", references=False, description="The number taken, in `unit`."),
        Column("low", "number", references=False, description="The least it may be."),
        Column("high", "number", references=False, description="The most it may be."),
        Column("unit", "text", required=False, description="As in facts.csv."),
        Column(
            "reason",
            "text",
            description="Why this value and range. Ids of facts in it are listed as its evidence.",
        ),
    ),
    key=("id",),
    purpose="Numbers nobody published, with their ranges and reasons. `vary` of [entry] and "
    "[negotiations] moves them across their ranges; draws take them from a triangle.",
)

#: how far talks have come, in order
STATES = ("rumoured", "talks", "agreed", "launched", "collapsed")

EVENTS = Schema(
    "events.csv",
    (
        Column("date", "date", description="When it happened. The latest event of a pair counts."),
        Column("manufacturer", "text", description="Who talks, as in products.csv."),
        Column("channel", "text", description="With whom, as in channels.csv."),
        Column(
            "state", "text", choices=STATES, description="How far their talks have come with it."
        ),
        Column("event", "text", description="What happened, in a sentence."),
        PUBLISHED,
        SOURCE,
        URL,
        QUOTE,
    ),
    key=("date", "manufacturer", "channel"),
    optional=True,
    purpose="What is known of talks between manufacturers and channels.",
)

#: of one quarter, what was printed first, and what later tables say of it
RELEASES = ("first", "later")

SHIPMENTS = Schema(
    "shipments.csv",
    (
        Column("counted_by", "text", description="Who counts."),
        Column("manufacturer", "text", description="Whose shipments; any name."),
        Column("period", "text", description="The quarter, 2017Q3."),
        Column(
            "release",
            "text",
            choices=RELEASES,
            description="Whether it was printed first, or is what a later table says.",
        ),
        Column("value", "number", references=False, low=0, low_open=True, description="In `unit`."),
        Column("unit", "text", required=False, description="As in facts.csv."),
        PUBLISHED,
        SOURCE,
        URL,
        QUOTE,
        QUALITY,
        NOTE,
    ),
    key=("counted_by", "manufacturer", "period", "published"),
    optional=True,
    purpose="Shipments in the world, quarter by quarter, for [path] rank.",
)
