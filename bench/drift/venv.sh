#!/bin/sh
# Makes the Python environments of bench/drift/ from PyPI, in folders that git ignores: one per peer, because their
# requirements contradict each other. Prints the folder. A peer that does not install is named and left out.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
folder=.falconer/bench/drift
mkdir -p "$folder"

make() {
  name=$1
  shift
  "$python" -m venv "$folder/$name"
  if "$folder/$name/bin/pip" install --quiet "$@"; then
    echo "$name: $("$folder/$name/bin/python" --version)" >&2
  else
    echo "$name does not install on $("$python" --version); left out" >&2
    rm -rf "${folder:?}/$name"
  fi
}

make scipy scipy==1.17.0 pandas pyarrow
make alibi alibi-detect==0.13.0 "pyarrow<22"
make nannyml nannyml==0.13.1 statsmodels "pandas<3" pyarrow
make evidently evidently==0.7.23 "pandas<3" pyarrow
echo "$PWD/$folder"
