#!/usr/bin/env bash
# tests/run.sh [--full|--nightly] [ctest arguments]: installs what is missing, builds everything and runs the quick tests.
# --full adds the tests with several ranks and on a Slurm of their own, sanitizers, shellcheck and clang-format; --nightly adds
# to these clang-tidy and what takes hours (CTest label nightly). The last line counts.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/setup.sh"
exec </dev/null

full=false
nightly=false
case ${1:-} in
  --full) full=true ;;
  --nightly)
    full=true
    nightly=true
    ;;
esac
if $full; then shift; fi

passed=0
failed=0
ctest=(ctest)
finish() {
  local status=$?
  if ((status != 0 && failed == 0)); then failed=1; fi # the set-up itself
  echo "$passed passed, $failed failed"
  if ((failed > 0)); then exit 1; fi
}
trap finish EXIT

# check NAME COMMAND...: counts as one test.
check() {
  local name=$1
  shift
  if "$@"; then
    echo "passed: $name"
    passed=$((passed + 1))
  else
    echo "FAILED: $name"
    failed=$((failed + 1))
  fi
}

# run_ctest FOLDER ARGUMENT...: counts the tests it ran, and says what they left out and why.
run_ctest() {
  local folder=$1 status=0 summary bad all
  shift
  "${ctest[@]}" --test-dir "$folder" --output-on-failure --no-tests=error --parallel "$(cores_here)" "$@" |
    tee "$folder/ctest.log" || status=$?
  summary=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$folder/ctest.log")
  read -r bad all <<<"${summary:-0 0}"
  passed=$((passed + all - bad))
  failed=$((failed + bad))
  if ((status != 0 && bad == 0)); then failed=$((failed + 1)); fi
  grep -h '^skipped: ' "$folder/Testing/Temporary/LastTest.log" || true
}

scripts_are_clean() {
  (cd "$root" && find . \( -name .git -o -path ./build \) -prune -o \( -name '*.sh' -o -path ./.ci/run \) -exec shellcheck -x {} +)
}

# Formatting differs between versions of clang-format; Debian 12's is the measure.
sources_are_formatted() {
  (cd "$root" && find include src jobs tests -name '*.[ch]pp' -exec clang-format --dry-run --Werror {} +)
}

# The checks of .clang-tidy: some seconds a file.
sources_are_tidy() {
  (cd "$root" && find src jobs -name '*.cpp' -print0 | xargs -0 -n 4 -P "$(cores_here)" clang-tidy --quiet -p "$build")
}

# sanitizer_tests PRESET TARGET CTEST-ARGUMENT...
sanitizer_tests() {
  local preset=$1 target=$2 folder=$build/$1
  shift 2
  say "building $folder (log: $log)"
  if configure "$folder" --preset "$preset" && build_in "$folder" "$target"; then
    # Sanitizers slow programs down several times: a test whose processes are watched by polling may miss its moment.
    # So a test that fails runs once more; a fault that a sanitizer finds is found again.
    run_ctest "$folder" --repeat until-pass:2 "$@"
  else
    failed=$((failed + 1))
  fi
}

packages=("${program_packages[@]}" "${test_packages[@]}")
if $full; then packages+=("${full_test_packages[@]}"); fi

start_setup
need_packages "${packages[@]}"
say "building $build (log: $log)"
configure "$build" -DCMAKE_BUILD_TYPE=Release -DGFORBIT_TESTS=ON -DGFORBIT_WERROR=ON
build_in "$build"
end_setup

mpi_on_one_machine
if ! $full; then
  run_ctest "$build" -LE '^(mpi|stress|slurm|full|nightly)$' "$@"
  exit
fi

if (($# > 0)); then
  run_ctest "$build" -LE '^nightly$' "$@"
else
  run_ctest "$build" -LE '^(nightly|slurm)$'
  # A Slurm with all its daemons on one busy machine fails to start a step now and then, before the program says its first
  # word. So these tests run once more where they fail; a fault of the program comes again.
  run_ctest "$build" -L '^slurm$' --repeat until-pass:2
fi
sanitizer_tests asan all -L unit
# Newer kernels place memory at random where the thread sanitizer of g++ 12 does not expect any.
if setarch "$(uname -m)" -R true 2>/dev/null; then ctest=(setarch "$(uname -m)" -R ctest); fi
for module in sched launch; do TSAN_OPTIONS=halt_on_error=1 sanitizer_tests tsan "test_$module" -R "^unit\.$module\."; done
check "shellcheck of all scripts" scripts_are_clean
if [[ $(clang-format --version) == *"version 14."* ]]; then
  check "clang-format of all sources" sources_are_formatted
else
  say "clang-format 14 is not there: formatting is not checked"
fi
if $nightly; then
  if command -v clang-tidy >/dev/null; then
    check "clang-tidy of all sources" sources_are_tidy
  else
    say "clang-tidy is not there: its checks are left out"
  fi
  # Other random values every night; a test that fails says which.
  export GFORBIT_SEED=${GFORBIT_SEED:-$RANDOM}
  run_ctest "$build" -L '^(unit|known|nightly)$' "$@"
fi
