#!/usr/bin/env bash
# tests/bench/cliffs.sh [--runs N] [--only REGEX] [--levels auto,scalar,...] [--output FILE.csv]
# Structured and singular registers, whole programs in one run, taking turns: gforbit on all cores against the plain
# method on one core, compiled for each register. Prints a line a register and the smallest ratio, the first quartile
# and the median; fails if any result differs.
# GFORBIT_BUILD names a build folder; without it build/ is made as by jobs/run.sh.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"

if [[ -n ${GFORBIT_BUILD:-} ]]; then
  build=$GFORBIT_BUILD
else
  start_setup
  need_packages "${program_packages[@]}" python3
  configure "$build" -DCMAKE_BUILD_TYPE=Release
  build_in "$build" gforbit
  end_setup
fi
exec python3 "$(dirname "${BASH_SOURCE[0]}")/cliffs.py" --build "$build" "$@"
