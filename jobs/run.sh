#!/usr/bin/env bash
# jobs/run.sh [gforbit arguments]: installs what is missing, builds build/gforbit and runs it.
# Without arguments: maps a nonlinear register with 2^26 states and shows what was found.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

start_setup
need_packages "${program_packages[@]}"
if ! configured; then
  say "configuring and building, which takes some minutes the first time (log: $log)"
  # A build folder that the tests have configured keeps its tests.
  configure "$build" -DCMAKE_BUILD_TYPE=Release -DGFORBIT_TESTS=OFF -DGFORBIT_WERROR="$(werror_here)"
fi
build_in "$build" gforbit
end_setup

if (($# > 0)); then exec "$build/gforbit" "$@"; fi

"$build/gforbit" cycles --config "$root/configs/cycles/demo.ini" --output "$build/demo.h5" --force
exec "$build/gforbit" summary "$build/demo.h5"
