#!/usr/bin/env bash
# files.sh GFORBIT: result files and checkpoints of an earlier version are read, merged and resumed; see README.md.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/expect.sh"
here=$(cd "$OLDPWD" && cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cp -r "$here/files/." .
gzip -d ./*.gz
declare -A expected
while read -r digest name; do expected[$name]=$digest; done <digests.txt

has_digest() { # has_digest FILE NAME
  local digest
  digest=$("$gforbit" summary --digest "$1")
  if [[ $digest != "${expected[$2]}" ]]; then fail "$1: digest $digest, expected ${expected[$2]}"; fi
}

for file in cycles scoring stream part-1 part-2; do
  has_digest "$file.h5" "$file"
  run 0 check "$file.h5"
  prints "$file.h5: valid"
  for format in text json csv; do run 0 summary "$file.h5" --format "$format"; done
done
for table in cycles-*.csv scoring-*.csv stream-*.csv; do
  job=${table%%-*}
  name=${table#*-}
  run 0 export "$job.h5" --table "results/${name%.csv}"
  cmp -s out "$table" || fail "$what: not the rows of $table"
  run 0 export "$job.h5" --table "results/${name%.csv}" --format jsonl
done
run 0 merge part-1.h5 part-2.h5 --output merged.h5
has_digest merged.h5 cycles
run 0 check merged.h5

# resumes JOB ARGUMENT...: to the results of a run that was not stopped, or it is refused with the version that can.
resumes() {
  local job=$1 status=0
  shift
  has_digest "stopped-$job.h5" "stopped-$job"
  run 0 check "stopped-$job.h5"
  prints 'incomplete'
  what="gforbit $*"
  "$gforbit" "$@" --output "stopped-$job.h5" --resume --threads 2 >out 2>err </dev/null || status=$?
  if ((status == 3)); then
    says 'gforbit 0.1.0'
  elif ((status == 0)); then
    says "resumed from 'stopped-$job.h5.ckpt'"
    has_digest "stopped-$job.h5" "resumed-$job"
  else
    fail "$what: exit status $status, expected 0 or 3"
  fi
}
resumes cycles cycles --batch ranges.jsonl
resumes scoring scoring --tasks tasks --solvers solvers.json
resumes stream stream --pipelines pipelines.jsonl
finish
