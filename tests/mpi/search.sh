#!/usr/bin/env bash
# A search on several ranks: the same digest on any ranks and threads, killed and resumed or stopped and resumed.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

same_results() { # same_results FILE: the digest of the first run; a valid file, and no checkpoint
  if [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$what: other results"; fi
  "$gforbit" check "$1" >out 2>err || fail "$what: not valid"
  if [[ -e $1.ckpt ]]; then fail "$what: the checkpoint is left over"; fi
}

# Some seconds of one core.
families=(search --degree 15..19 --form '3,1' --form '2,2' --template 'x0 + x{a} + x{b} + x{a}*x{c}' --progress never)
run 0 0 "${families[@]}" --output a.h5
digest=$("$gforbit" summary --digest a.h5)
run 3 0 "${families[@]}" --output b.h5 --threads 1
same_results b.h5

# shellcheck disable=SC2317 # called by eventually
has_records() { [[ -e $1.ckpt ]] && (($(stat -c %s "$1.ckpt") > 2000)); }
start 3 "${families[@]}" --threads 1 --output c.h5 --checkpoint-interval 0.05
eventually "$what: no checkpoint" has_records c.h5 || finish
kill -KILL "${ranks[@]}" 2>/dev/null || true
ended_badly
run 2 0 "${families[@]}" --output c.h5 --resume
same_results c.h5

start 3 "${families[@]}" --threads 1 --output d.h5 --checkpoint-interval 0.05
eventually "$what: no checkpoint" has_records d.h5 || finish
kill -TERM "${ranks[@]}" # the launcher would pass it on too late
if all_ended; then fail "$what: exit status 0"; fi
run 0 0 "${families[@]}" --output d.h5 --resume
same_results d.h5
run 0 3 search --degree 15..19 --form 3,1 --output d.h5 --resume

# Functions of a file, each mapped; the file must be the same when the run goes on.
for i in {1..3000}; do
  echo "{\"field\": 2, \"degree\": 18, \"feedback\": \"x0 + x$((1 + i % 13)) + x$((2 + i % 7))*x$((9 + i % 5)) + x17\"}"
done >functions.jsonl
batch=(search --batch functions.jsonl --goal 'period>=100000' --progress never)
run 0 0 "${batch[@]}" --output a.h5 --force
digest=$("$gforbit" summary --digest a.h5)
run 2 0 "${batch[@]}" --output e.h5 --threads 1
same_results e.h5
start 2 "${batch[@]}" --threads 1 --output f.h5 --checkpoint-interval 0.05
eventually "$what: no checkpoint" has_records f.h5 || finish
kill -KILL "${ranks[@]}" 2>/dev/null || true
ended_badly
cp functions.jsonl same.jsonl
sed -i 1d functions.jsonl
run 0 3 "${batch[@]}" --output f.h5 --resume
mv same.jsonl functions.jsonl
run 3 0 "${batch[@]}" --output f.h5 --resume
same_results f.h5
finish
