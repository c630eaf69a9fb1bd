#!/usr/bin/env bash
# The same batch on every number of ranks and threads, and without a launcher: equal results to the last bit, equal exit status.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

# Registers that are cut in ranges and registers that travel in bundles, nonsingular and singular; equal ones; one beyond
# enumeration, so that the exit status is 5.
cat >batch.jsonl <<'END'
{"id": "large bijection", "field": 2, "degree": 23, "feedback": "x0 + x3 + x5*x7 + x19"}
{"id": "large singular", "field": 2, "degree": 23, "feedback": "x1 + x2*x3 + x0*x9*x20"}
{"id": "large ternary", "field": 3, "degree": 14, "feedback": "2*x0 + x3*x4 + x13 + 1"}
{"id": "large singular ternary", "field": 3, "degree": 14, "feedback": "x0*x1 + x2 + 2*x11"}
{"id": "too large", "field": 2, "degree": 64, "feedback": "x0 + x1*x2"}
{"id": "many cycles", "field": 2, "degree": 18, "feedback": "x0", "priority": "high"}
{"id": "again", "field": 2, "degree": 23, "feedback": "x19 + x5*x7 + x0 + x3", "priority": "critical"}
{"id": "quinary", "field": 5, "degree": 6, "feedback": "3*x0 + x1^2*x3 + 4"}
{"id": "singular over GF(9)", "field": 9, "degree": 4, "feedback": "x0^2 + 5*x3"}
{"id": "GF(16)", "field": 16, "degree": 4, "feedback": "7*x0 + x1*x2 + 9"}
{"id": "tiny", "field": 2, "degree": 1, "feedback": "x0"}
{"id": "large system", "system": {"field": 2, "registers": [{"name": "s", "length": 11, "feedback": "s0 + s2"}, {"name": "b", "length": 13, "feedback": "s0 + b0 + b3*b7 + b2"}]}}
{"id": "ternary system", "system": {"field": 3, "registers": [{"name": "s", "length": 7, "feedback": "s0 + 2*b3"}, {"name": "b", "length": 7, "feedback": "2*b0 + s3*b4", "updates": {"4": "b5 + s2"}}]}}
{"id": "singular system", "system": {"field": 2, "registers": [{"name": "s", "length": 12, "feedback": "s0 + b2"}, {"name": "b", "length": 11, "feedback": "s0*b0 + b3*b7 + b2"}]}}
{"id": "linear system", "system": {"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0 + b2"}, {"name": "b", "length": 5, "feedback": "s0 + b0"}]}}
END
for ((i = 1; i < 200; ++i)); do
  echo "{\"field\": 2, \"degree\": 12, \"feedback\": \"x0 + x$((1 + i % 11)) + x$((1 + i % 7))*x$((1 + i % 10)) + $((i % 2))\"}"
done >>batch.jsonl

reference=
# compare FILE: its digest is that of the first file compared.
compare() {
  local digest
  digest=$("$gforbit" summary --digest "$1")
  if [[ -z $reference ]]; then
    reference=$digest
  elif [[ $digest != "$reference" ]]; then
    fail "$what: the results differ"
    diff <("$gforbit" summary --format json a.h5) <("$gforbit" summary --format json "$1") | head -n 20 || true
  fi
}

options=(cycles --batch batch.jsonl --method enumerate --progress never)
run 0 5 "${options[@]}" --threads 2 --output a.h5
says_once 'results_sha256'
says_once '2^64 states are more than'
compare a.h5
if [[ ! $reference =~ ^[0-9a-f]{64}$ ]]; then fail "no digest: $reference"; fi
if ! "$gforbit" check a.h5 >out 2>err; then fail 'the file does not stand its check'; fi

for ranks in 1 2 3 5; do
  for threads in 1 2 4; do
    run "$ranks" 5 "${options[@]}" --threads "$threads" --output b.h5 --force
    says_once 'results_sha256'
    compare b.h5
  done
done

# The table on rank 0 may be small or large: other marks, the same results.
run 3 5 "${options[@]}" --threads 2 --output b.h5 --force --memory 64M
compare b.h5
finish
