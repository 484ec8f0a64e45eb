#!/bin/sh
# Makes the Python environment of bench/trainer.ts from PyPI, in a folder that git ignores. Prints its python.
set -eu
cd "$(dirname "$0")/../.."
python3 -m venv .falconer/bench/venv
.falconer/bench/venv/bin/pip install --quiet lightgbm==4.7.0 scikit-learn==1.9.1 pandas pyarrow numpy
echo "$PWD/.falconer/bench/venv/bin/python"
