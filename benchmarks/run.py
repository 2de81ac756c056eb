"""Every benchmark, side by side with its peer; read the ratios, not the times."""

import blocks
import curves
import dashboard
import estimation
import fixed_effects
import goals
import inversion
import large
import main_job
import paths
import petrin
import rows
import synthetic
import vertical

if __name__ == "__main__":
    goals.machine()
    # First, for its peak memory is that of this process.
    main_job.main()
    synthetic.main()
    inversion.main()
    large.main()
    estimation.main()
    rows.main()
    fixed_effects.main()
    vertical.main()
    paths.main()
    blocks.main()
    curves.main()
    dashboard.main()
    petrin.main()
    goals.summary()
