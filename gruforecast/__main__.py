"""``python -m gruforecast``: as the console script, without the working directory on the import path."""

import os
import sys

# Python puts the working directory first, so a stray torch.py or pandas.py there would be run.
if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.realpath(os.getcwd()):
    del sys.path[0]

from gruforecast.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
