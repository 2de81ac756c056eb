"""Every benchmark, side by side with its peer in one process; read the ratios, not the times."""

import estimation
import inversion

if __name__ == "__main__":
    inversion.main()
    estimation.main()
