#!/usr/bin/env bash
# run.sh GFORBIT TEST.py...: pytest with the first Python that has what the reader needs. Ends with 77 (skipped) and says
# what is missing if there is none.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GFORBIT=$(realpath "$1")
export GFORBIT
shift

modules="h5py, pandas, matplotlib, pytest"
packages="python3-h5py python3-pandas python3-matplotlib python3-pytest"
if [[ $* == *test_browser.py* ]]; then
  modules+=", selenium"
  packages+=" python3-selenium chromium-driver"
fi

for python in "${PYTHON:-python3}" /usr/bin/python3; do
  if "$python" -c "import $modules" 2>/dev/null; then
    exec "$python" -B -m pytest -c "$here/pytest.ini" --rootdir "$here" "${@/#/$here/}"
  fi
done
echo "skipped: no python3 has $modules (Debian: $packages)"
exit 77
