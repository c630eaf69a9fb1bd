#!/usr/bin/env bash
# A rank that is stopped (SIGSTOP): the run waits for it and ends with the same results once it goes on. A stop of the run
# does not wait: checkpoint and output are written, and the rank is ended.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

reference
for frozen in 0 1; do
  start 3 "${batch[@]}" --output a.h5 --threads 1 --checkpoint-interval 0.2
  eventually "$what: no results in the checkpoint" has_results a.h5 || finish
  freeze "${ranks[frozen]}"
  if ((frozen == 1)); then
    kill -USR2 "${ranks[0]}"
    eventually "$what: no answer beside a rank that is stopped" has 'writing a checkpoint; the run continues' err || finish
  fi
  if is_gone "$launcher"; then fail "$what: ended without one of its ranks"; fi
  kill -CONT "${ranks[frozen]}"
  ended 5
  same_results a.h5
  rm a.h5
done

start 3 "${long_run[@]}" --output b.h5 --threads 1 --checkpoint-interval 0.2
eventually "$what: no results in the checkpoint" has_results b.h5 || finish
freeze "${ranks[1]}"
kill -USR1 "${ranks[0]}"
ended 75
says '--resume continues'
run 0 75 "${long_run[@]}" --output b.h5 --resume --wall-limit 2
says 'resumed from'

# The same with stretches of a pipeline: the others go on with theirs, and every row is there once.
rows=(stream --pipeline 'range(1.5e9) * filter(value % 100007 == 3) * map(y = value / 3) * table(t)' --progress never)
same_rows() {
  if [[ $("$gforbit" summary --digest "$1") != $("$gforbit" summary --digest whole.h5) ]]; then fail "$what: other rows"; fi
}
run 0 0 "${rows[@]}" --output whole.h5
start 3 "${rows[@]}" --output c.h5 --threads 1 --checkpoint-interval 0.1
eventually "$what: no checkpoint" test -s c.h5.ckpt || finish
freeze "${ranks[1]}"
size=$(stat -c %s c.h5.ckpt)
# shellcheck disable=SC2317 # called by eventually
grown() { (($(stat -c %s c.h5.ckpt 2>/dev/null || echo 0) > size)); }
eventually "$what: the other ranks do not go on" grown || finish
kill -CONT "${ranks[1]}"
ended 0
same_rows c.h5
start 3 "${rows[@]}" --output d.h5 --threads 1 --checkpoint-interval 0.1
eventually "$what: no checkpoint" test -s d.h5.ckpt || finish
for rank in 1 2; do freeze "${ranks[rank]}"; done
kill -USR1 "${ranks[0]}"
ended 75
run 2 0 "${rows[@]}" --output d.h5 --resume
same_rows d.h5
finish
