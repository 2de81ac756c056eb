"""The command line: run a study, check one, compare runs, start one."""

# Each module adds its commands to the app.
import inroads.cli.dashboard
import inroads.cli.estimation
import inroads.cli.mergers
import inroads.cli.outputs
import inroads.cli.plans
import inroads.cli.studies  # noqa: F401
from inroads.cli.base import app as app
