#!/usr/bin/env bash
# jobs/run.sh [--ranks N] [gforbit arguments]: installs what is missing, builds build/gforbit and runs it, with --ranks on N
# MPI ranks of this machine.
# Without arguments: maps a nonlinear register with 2^26 states and shows what was found.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case ${1:-} in
  --ranks)
    ranks=${2:-}
    shift "$(($# < 2 ? $# : 2))"
    ;;
  --ranks=*)
    ranks=${1#*=}
    shift
    ;;
  *) ranks=none ;;
esac
if [[ $ranks != none && ! $ranks =~ ^[1-9][0-9]{0,5}$ ]]; then
  say "'--ranks': expected a number of ranks instead of '$ranks'"
  exit 2
fi

start_setup
need_packages "${program_packages[@]}"
if ! configured; then
  say "configuring and building, which takes some minutes the first time (log: $log)"
  # A build folder that the tests have configured keeps its tests.
  configure "$build" -DCMAKE_BUILD_TYPE=Release -DGFORBIT_TESTS=OFF -DGFORBIT_WERROR="$(werror_here)"
fi
build_in "$build" gforbit
end_setup

job=("$build/gforbit")
if [[ $ranks != none ]]; then
  mpi_on_one_machine
  # Unbound, the ranks share the cores evenly whatever their number is; mpirun binds two ranks to one core each.
  export OMPI_MCA_hwloc_base_binding_policy=none
  mpirun=$(sed -n 's/^MPIEXEC_EXECUTABLE:FILEPATH=//p' "$build/CMakeCache.txt")
  job=("${mpirun:-mpirun}" -n "$ranks" "$build/gforbit")
fi
if (($# > 0)); then exec "${job[@]}" "$@"; fi

"${job[@]}" cycles --config "$root/configs/cycles/demo.ini" --output "$build/demo.h5" --force
exec "$build/gforbit" summary "$build/demo.h5"
