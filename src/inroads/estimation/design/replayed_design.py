"""The arrays of a demand system on another panel, formulas as they were fixed on the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inroads.estimation.design.berry import nest_codes
from inroads.estimation.design.demographics import read_demographics
from inroads.estimation.design.matrices import Design
from inroads.estimation.design.panel_arrays import availability, node_matrix
from inroads.estimation.design.panel_formulas import PanelFormulas, replay
from inroads.tables.panel import Panel


def replayed_design(design: Design, formulas: PanelFormulas, panel: Panel) -> Design:
    """The design on another panel: categories keep their levels, curves what they were fixed on.

    Without fixed effects, instruments and supply; linear columns are not in it, see
    `ExplainedUtility`. Raises InputError for levels that the first panel did not have.
    """
    formula, first = formulas.demand.demographics, formulas.panel
    demographics = read_demographics(formula, panel, fixed_on=first, whole=False)
    nodes, _ = node_matrix(panel.agents, len(design.random), design.has_nodes)
    no_nests = np.zeros((0, len(panel)), dtype=int)
    empty = np.zeros((len(panel), 0))
    return replace(
        design,
        X1=empty,
        Z=empty,
        X2=replay(formulas.random, panel.products),
        nodes=nodes,
        demographics=demographics.matrix,
        by_product=demographics.by_product,
        nests=nest_codes(panel.products) if formulas.demand.nested else no_nests,
        available=availability(panel),
        fixed_effects=None,
        supply=None,
        conduct=None,
    )
