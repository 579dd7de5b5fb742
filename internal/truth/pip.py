"""pip, told the marker values of another platform: it evaluates markers on the machine that it runs on, and has no option for that.

usage: pip.py ENVIRONMENT arguments of pip...
"""

import json
import sys

from pip._internal.cli.main import main
from pip._vendor.packaging import markers

environment = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(environment)
sys.exit(main())
