#!/usr/bin/env bash
# A rank that is stopped (SIGSTOP): the run waits for it and ends with the same results once it goes on. A stop of the run
# does not wait: checkpoint and output are written, and the rank is ended.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

reference
start 3 "${batch[@]}" --output a.h5 --threads 1
eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
kill -STOP "${ranks[1]}"
sleep 4
if is_gone "$launcher"; then fail "$what: ended without one of its ranks"; fi
kill -CONT "${ranks[1]}"
ended 5
same_results a.h5

start 3 "${long_run[@]}" --output b.h5 --threads 1
eventually "$what: no checkpoint" test -s b.h5.ckpt || finish
sleep 0.5
kill -STOP "${ranks[1]}"
kill -USR1 "${ranks[0]}"
ended 75
says '--resume continues'
run 0 75 "${long_run[@]}" --output b.h5 --resume --wall-limit 2
finish
