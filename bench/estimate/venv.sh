#!/bin/sh
# The peer of bench/estimate.ts in a virtual environment of its own: sh bench/estimate/venv.sh
set -e
cd "$(dirname "$0")/../.."
python3 -m venv .falconer/nannyml
.falconer/nannyml/bin/pip install --quiet nannyml==0.13.1 statsmodels # nannyml imports statsmodels without naming it
.falconer/nannyml/bin/python -c 'import nannyml, sklearn, lightgbm; print(nannyml.__version__, sklearn.__version__, lightgbm.__version__)'
