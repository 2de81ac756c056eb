"""Every benchmark, side by side with its peer; read the ratios, not the times."""

import goals
import main_job

if __name__ == "__main__":
    goals.machine()
    # First and by itself, for its peak memory is that of this process.
    main_job.main()

    import blocks
    import curves
    import dashboard
    import estimation
    import fixed_effects
    import inversion
    import large
    import paths
    import petrin
    import rows
    import synthetic
    import vertical

    for benchmark in (
        *(synthetic, inversion, large, estimation, petrin, rows, fixed_effects),
        *(vertical, paths, blocks, curves, dashboard),
    ):
        benchmark.main()
    goals.summary()
