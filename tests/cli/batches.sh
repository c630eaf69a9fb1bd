#!/usr/bin/env bash
# What a batch does with equal, equivalent, late and urgent lines, and what it says of it.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

cat >batch.jsonl <<'END'
{"id": "a", "field": 2, "degree": 11, "feedback": "x0 + x1*x2 + x4", "priority": "low"}
{"id": "written otherwise", "field": 2, "degree": 11, "feedback": "x4 + x2*x1 + x0", "priority": "critical"}
{"id": "reversed", "field": 2, "degree": 11, "feedback": "x0 + x10*x9 + x7", "priority": "idle"}
{"id": "too large", "field": 2, "degree": 100, "feedback": "x0 + x1*x2"}
{"id": "late", "field": 2, "degree": 60, "feedback": "x0 + x1*x2*x40", "timeout": 0.2}
END
run 5 cycles --batch batch.jsonl --output a.h5
says '5 items: 2 completed, 1 failed, 1 timed out, 0 cancelled, 1 coalesced, 0 pending'
run 0 check a.h5
run 0 export a.h5 --table runtime/scheduler/times
prints 'priority,below_s,waited,ran'
prints 'critical,' # the first row ran for the critical one, and as urgently
run 0 export a.h5 --table runtime/threads
prints 'rank,thread,slices,busy_s'

# Equivalent registers share what is the same for both, and keep what is their own.
misuses "needs '--store-cycles none'" cycles --batch batch.jsonl --coalesce equivalent --output b.h5
head -n 3 batch.jsonl >three.jsonl
for coalesce in off equal equivalent; do
  run 0 cycles --batch three.jsonl --coalesce "$coalesce" --store-cycles none --output "$coalesce.h5"
  run 0 check "$coalesce.h5"
  run 0 export "$coalesce.h5" --table results/period_distribution
  cp out "$coalesce.csv"
done
for coalesce in equal equivalent; do
  cmp -s off.csv "$coalesce.csv" || fail "--coalesce $coalesce changes a period distribution"
done
run 0 export equivalent.h5 --table results/registers --format jsonl
grep '"id": "reversed"' out >row && mv row out
prints '"feedback": "x0 + x7 + x9*x10"'
prints '"coalesced_into": 0,'

# Standard input is read twice all the same.
"$gforbit" cycles --batch - --output stdin.h5 <three.jsonl >out 2>err || fail 'a batch from standard input'
run 0 summary --digest stdin.h5
cp out digest
run 0 cycles --batch three.jsonl --output file.h5
run 0 summary --digest file.h5
cmp -s out digest || fail 'a batch from standard input has another digest'

# --quiet: nothing on stderr but warnings and errors; one of a thing is no plural.
for job in "cycles --field 2 --coefficients 1,1 --threads 2" "stream --pipeline range(3)*discard --threads 2"; do
  # shellcheck disable=SC2086 # words
  run 0 $job --output quiet.h5 --force
  says ' 1 '
  if grep -Eq '(^|[^0-9.])1 [a-z]+s\b' err; then fail "$what: one of a thing is said like many"; fi
  # shellcheck disable=SC2086
  run 0 $job --output quiet.h5 --force --quiet --progress always
  if grep -v warning err >out; then fail "$what: more than warnings"; fi
done
run 0 cycles --field 2 --coefficients '1,1' --dry-run
if grep -Eq '(^|[^0-9.])1 [a-z]+s\b' out; then fail "$what: one of a thing is said like many"; fi
finish
