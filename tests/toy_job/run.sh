#!/usr/bin/env bash
# The toy job of docs/adding-a-job.md: what a job has from the skeleton alone. Usage: run.sh PATH/TO/toy PATH/TO/mpirun
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../mpi/ranks.sh"

# Some seconds of one core; the third interval is the first one again, the fourth is completed at once.
batch=(collatz --intervals '1-16000000,20000000-24000000,1-16000000,97-97' --progress never)

# expect TEXT FILE: the file holds the text.
expect() { if ! grep -qF -- "$1" "$2"; then fail "$what: $2 lacks: $1"; fi; }
same_results() { # same_results FILE: the digest of the first run; a valid file, and no checkpoint
  if [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$what: other results"; fi
  "$gforbit" check "$1" >out 2>err || fail "$what: not valid"
  if [[ -e $1.ckpt ]]; then fail "$what: the checkpoint is left over"; fi
}

# Alone: the numbers are those of the literature.
run 0 0 "${batch[@]}" --output a.h5
expect '4 completed, 0 not' err
expect '1 coalesced' err
"$gforbit" export a.h5 --table results/intervals --format csv >out
expect '1,16000000,completed,,-1,15733191,704' out
expect '1,16000000,completed,,0,15733191,704' out
expect '97,97,completed,,-1,97,118' out
digest=$("$gforbit" summary --digest a.h5)

# On three ranks.
run 3 0 "${batch[@]}" --output b.h5
same_results b.h5

# Killed on three ranks when the checkpoint has something, and resumed on two.
# shellcheck disable=SC2317 # called by eventually
has_records() { [[ -e $1.ckpt ]] && (($(stat -c %s "$1.ckpt") > 1500)); }
start 3 "${batch[@]}" --threads 1 --output c.h5 --checkpoint-interval 0.05
eventually "$what: no checkpoint" has_records c.h5 || finish
kill -KILL "${ranks[@]}" 2>/dev/null || true
ended_badly
run 2 0 "${batch[@]}" --output c.h5 --resume
expect 'resumed from' err
same_results c.h5

# Stopped in good order, and resumed.
start 3 "${batch[@]}" --threads 1 --output d.h5 --checkpoint-interval 0.05
eventually "$what: no checkpoint" has_records d.h5 || finish
kill -TERM "${ranks[@]}" # the launcher would pass it on too late
if all_ended; then fail "$what: exit status 0"; fi
expect 'stopped for SIGTERM' err
run 0 0 "${batch[@]}" --output d.h5 --resume
same_results d.h5

# Parts; a goal; the plan.
for i in 1 2; do run 0 0 "${batch[@]}" --part "$i/2" --output "part$i.h5"; done
run 0 0 merge part1.h5 part2.h5 --output all.h5
same_results all.h5
run 0 0 "${batch[@]}" --stop-after 1 --threads 1 --output goal.h5
if grep -qF '4 completed' err; then fail "$what: all was done"; fi
run 0 0 "${batch[@]}" --dry-run
expect '4 intervals, 20000002 numbers' out

# An interval that cannot be done is a failed row; one without time has timed out.
run 3 5 collatz --intervals '1-10,6000000000000000000-6000000000000009999' --output e.h5 --progress never
expect 'interval 6000000000000000000-6000000000000009999: the sequence of 6' err
run 0 5 collatz --intervals '1-400000000' --timeout 0.05 --output f.h5 --progress never
expect 'its time of 0.05 s is over' err

# Wrong options, another problem.
run 0 2 collatz --intervals 7
expect 'expected intervals' err
run 0 2 collatz --intervals 1-2 --part 1/2
expect 'the batch has 1 interval only' err
run 0 3 collatz --intervals 1-9 --output a.h5 --resume
expect 'another problem' err

finish
