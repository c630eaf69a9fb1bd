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
    eventually "$what: no answer beside a rank that is stopped" has 'writing a checkpoint and going on' err || finish
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
finish
