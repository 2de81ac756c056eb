"""Every benchmark, side by side with its peer in one process; read the ratios, not the times."""

import estimation
import fixed_effects
import inversion
import main_job
import paths
import synthetic
import vertical

if __name__ == "__main__":
    # First, for its processes begin with the peak memory of the one that starts them.
    synthetic.main()
    inversion.main()
    estimation.main()
    fixed_effects.main()
    vertical.main()
    paths.main()
    main_job.main()
