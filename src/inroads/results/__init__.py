"""The typed answer of a study: what a run computed, as frozen records. Imports nothing but errors.

`tree.Results` is the whole; `files` writes and reads it as results.json; `schema.json` describes
that file. Money is in dollars of the study's date, units are counted per period of the study
(`StudyInfo.per`), shares and probabilities are fractions of one. A number that is not defined
(a ratio to nothing sold) is None, never NaN.
"""

from inroads.errors import require_extra

require_extra("study", "pydantic")
