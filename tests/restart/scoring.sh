#!/usr/bin/env bash
# Scoring runs that are stopped in good order or killed, and what they are resumed to.
# scoring.sh GFORBIT MPIRUN TEST_SOLVER EXAMPLE_SOLVER
solver=$(realpath "$3")
example=$(realpath "$4")
tasks=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../scoring/tasks")
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

# Some hundred calls that wait; ones that crash, so that the exit status is 5.
mark=scoring-$$-mark
{
  echo '[{"id": "triples", "enumerate": 3, "priority": "low"},'
  for i in 1 2 3 4 5 6; do
    echo "{\"id\": \"echo $i\", \"command\": [\"$solver\", \"echo\", \"$mark\", \"3$i\"], \"protocol\": \"worker\"},"
  done
  echo "{\"id\": \"example\", \"command\": [\"$example\"], \"protocol\": \"once\"},"
  echo "{\"id\": \"crash\", \"command\": [\"$solver\", \"abort\", \"$mark\"], \"protocol\": \"worker\", \"priority\": \"high\"}]"
} >solvers.json
batch=(scoring --tasks "$tasks" --solvers solvers.json --timeout 60 --progress never)
# shellcheck disable=SC2317 # called by eventually
none_left() { ! pgrep -f "$mark" >/dev/null; }
no_solver() { eventually "$what: solvers are left over" none_left || finish; }

# below PID: it and its descendants, the deepest first.
below() {
  local child
  for child in $(pgrep -P "$1"); do below "$child"; done
  echo "$1"
}

run 0 5 "${batch[@]}" --slots 8 --output reference.h5
digest=$("$gforbit" summary --digest reference.h5)

for signal in USR1 TERM; do
  start_alone "${batch[@]}" --slots 2 --output a.h5
  eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
  sleep "0.$((RANDOM % 10))"
  # As Slurm does: to every process of the job, solvers included, which die of it.
  mapfile -t all < <(below "$launcher")
  kill -"$signal" "${all[@]}" 2>/dev/null || true
  ended 75
  no_solver
  says "stopping for SIG$signal"
  says '--resume continues'
  "$gforbit" check a.h5 >out 2>err || fail "$what: the output of a stopped run is not valid"
  if ! has 'incomplete' out; then fail "$what: the output does not say that it is incomplete"; fi
  run 0 2 "${batch[@]}" --output a.h5
  says '--resume'
  run 3 5 "${batch[@]}" --output a.h5 --resume --slots 3
  says 'resumed from'
  same_results a.h5
  rm a.h5
done

# A run that takes half of its calls from an earlier one, stopped and resumed; with that file or without it.
sed 's/echo 1"/other"/; /echo [23]"/d' solvers.json >half.json
run 0 5 scoring --tasks "$tasks" --solvers half.json --timeout 60 --progress never --slots 8 --output half.h5
for again in 1 0; do
  start_alone "${batch[@]}" --slots 2 --output a.h5 --reuse half.h5
  eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
  kill -TERM "$launcher"
  ended 75
  reuse=(--reuse half.h5)
  if ((again == 0)); then reuse=(); fi
  run 0 5 "${batch[@]}" --slots 8 --output a.h5 --resume "${reuse[@]}"
  says 'resumed from'
  same_results a.h5
  "$gforbit" summary a.h5 >out
  if ! has 'of an earlier run' out; then fail "$what: nothing was taken from the earlier run"; fi
  rm a.h5
done

# Ranks, launcher or all are killed, until a run comes through.
rounds=0
while ((++rounds < 8 && failures == 0)); do
  start $((1 + RANDOM % 3)) "${batch[@]}" --slots 1 --output a.h5 --resume --checkpoint-interval 0.1
  sleep "0.$((3 + RANDOM % 7))"
  if is_gone "$launcher"; then break; fi
  kill_some
  no_solver
done
run 0 5 "${batch[@]}" --slots 8 --output a.h5 --resume
same_results a.h5
run 0 5 "${batch[@]}" --output a.h5 --resume
says 'complete already'
run 0 3 "${batch[@]}" --output a.h5 --resume --attempts 1
says 'attempts: 2 there, 1 here'
rm a.h5

# A rank that is stopped while its solvers work, and goes on.
start 2 "${batch[@]}" --slots 2 --output a.h5
eventually "$what: no checkpoint" test -s a.h5.ckpt || finish
freeze "${ranks[1]}"
kill -USR2 "${ranks[0]}"
eventually "$what: no answer beside a rank that is stopped" has 'writing a checkpoint; the run continues' err || finish
kill -CONT "${ranks[1]}"
ended 5
same_results a.h5
no_solver
rm a.h5

# Solvers that crash, that have children, that leave their session, that ignore every signal: each call ends at its limit.
# The run is killed at each place in turn, and goes on.
{
  for mode in abort fork escape deaf; do
    echo "{\"id\": \"$mode\", \"command\": [\"$solver\", \"$mode\", \"$mark\"], \"protocol\": \"worker\", \"timeout\": 0.3},"
  done
  echo "{\"id\": \"slow\", \"command\": [\"$solver\", \"echo\", \"$mark\", \"150\"], \"protocol\": \"worker\", \"timeout\": 60}]"
} | sed '1s/^/[/' >bad.json
bad=(scoring --tasks "$tasks" --solvers bad.json --progress never)
run 0 5 "${bad[@]}" --slots 8 --output reference.h5 --force
no_solver
digest=$("$gforbit" summary --digest reference.h5)
for victims in 0 1 launcher all; do
  start 2 "${bad[@]}" --slots 1 --output a.h5 --resume --checkpoint-interval 0.1
  begin=$(stat -c %s a.h5.ckpt 2>/dev/null || echo 0)
  # shellcheck disable=SC2317 # called by eventually
  grows() { [[ -e a.h5.ckpt ]] && (($(stat -c %s a.h5.ckpt) > begin + 1000)); }
  eventually "$what: no results in the checkpoint" grows || finish
  case $victims in
    launcher) kill -KILL "$launcher" ;;
    all) kill -KILL "$launcher" "${ranks[@]}" ;;
    *) kill -KILL "${ranks[victims]}" ;;
  esac
  ended_badly
  no_solver
done
run 0 5 "${bad[@]}" --slots 8 --output a.h5 --resume
says 'resumed from'
same_results a.h5
no_solver
finish
