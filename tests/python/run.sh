#!/usr/bin/env bash
# run.sh GFORBIT TEST.py...: pytest with the first Python that has what the reader needs. Ends with 77 (skipped) and says
# what is missing if there is none.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GFORBIT=$(realpath "$1")
export GFORBIT
shift

for python in "${PYTHON:-python3}" /usr/bin/python3; do
  if "$python" -c 'import h5py, pandas, matplotlib, pytest' 2>/dev/null; then
    exec "$python" -B -m pytest -c "$here/pytest.ini" --rootdir "$here" "${@/#/$here/}"
  fi
done
echo "skipped: no python3 has h5py, pandas, matplotlib and pytest (Debian: python3-h5py python3-pandas python3-matplotlib python3-pytest)"
exit 77
