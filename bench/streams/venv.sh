#!/bin/sh
# Makes the Python environment of bench/streams.ts from PyPI, in a folder that git ignores. Prints its python.
set -eu
cd "$(dirname "$0")/../.."
python3 -m venv .falconer/bench/streams-venv
.falconer/bench/streams-venv/bin/pip install --quiet river==0.26.1 scikit-learn==1.9.1
echo "$PWD/.falconer/bench/streams-venv/bin/python"
