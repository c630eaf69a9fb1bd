#!/usr/bin/env bash
# A longer --timeout on --resume: what timed out is tried again, what has a limit of its own is not.
# limits.sh GFORBIT MPIRUN FAULTS TEST_SOLVER
solver=$(realpath "$4")
tasks=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../scoring/tasks")
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

# stopped DONE ARGUMENT...: a run that its wall limit stops. resumed DONE: it began with so many items.
stopped() {
  local done=$1
  shift
  run 0 75 "$@" --wall-limit 3
  says "stopped for the wall limit: $done"
}
resumed() { says "resumed from 'a.h5.ckpt': $1"; }
ended_so() { # ended_so TEXT: the summary says so, and the file is valid
  run 0 0 check a.h5
  "$gforbit" summary a.h5 >out
  if ! has "$1" out; then fail "$what: the summary lacks: $1"; fi
  rm -f a.h5
}

# Registers: one that gets more time, one with a limit of its own.
cat >limits.jsonl <<'JSON'
{"id": "ranges", "field": 3, "degree": 14, "feedback": "x0 + x1*x2^2", "priority": "high"}
{"id": "own", "field": 3, "degree": 25, "feedback": "x0 + x1*x2^2", "timeout": 5}
JSON
cycles=(cycles --batch limits.jsonl --progress never --simd scalar --threads 1 --output a.h5)
stopped '1 of 2' "${cycles[@]}" --timeout 0.002
stopped '1 of 2' "${cycles[@]}" --timeout 0.001 --resume # a shorter one changes nothing
resumed '1 of 2'
run 0 5 "${cycles[@]}" --timeout 60 --resume
resumed '0 of 2'
says '1 completed, 1 not'
run 0 5 "${cycles[@]}" --timeout 0 --resume
says 'tries failed and timed out items again'
ended_so '1 completed, 1 timed_out'

# Tried again, and stopped once more before its end.
sed -i 's/"degree": 14/"degree": 17/' limits.jsonl
stopped '1 of 2' "${cycles[@]}" --timeout 0.002
run 0 75 "${cycles[@]}" --timeout 120 --resume --wall-limit 2
resumed '0 of 2'
run 0 5 "${cycles[@]}" --timeout 0.002 --resume # by its former end, shorter than what it took by now
resumed '1 of 2'
ended_so '2 timed_out'

# Pipelines: cut in ranges, and in stretches with a state.
cat >limits.pipelines <<'JSON'
{"pipeline": "range(3) * delay(1) * table(t)", "priority": "high"}
{"pipeline": "range() * discard", "timeout": 60}
JSON
stream=(stream --pipelines limits.pipelines --progress never --output a.h5)
stopped '1 of 2' "${stream[@]}" --timeout 0.1
stopped '1 of 2' "${stream[@]}" --timeout 0.1 --resume
resumed '1 of 2'
stopped '1 of 2' "${stream[@]}" --timeout 30 --resume
resumed '0 of 2'
ended_so '1 completed'
rm a.h5.ckpt

# Solvers on a task.
cat >limits.solvers <<JSON
[{"id": "late", "command": ["$solver", "echo", "m", "300"], "protocol": "worker", "priority": "high"},
 {"id": "own", "command": ["$solver", "echo", "m", "2000"], "protocol": "worker", "timeout": 60}]
JSON
set -- "$tasks"/*.json
scoring=(scoring --tasks "$1" --solvers limits.solvers --progress never --output a.h5)
run 0 75 "${scoring[@]}" --slots 1 --timeout 0.1 --wall-limit 3
"$gforbit" export a.h5 --table results/calls >out 2>err || true
if ! has timed_out_wall out; then fail "$what: nothing timed out, so nothing is tested here"; fi
run 0 0 "${scoring[@]}" --timeout 30 --slots 4 --resume
resumed '0 of'
"$gforbit" export a.h5 --table results/calls >out 2>err || true
if has timed_out_wall out; then fail "$what: calls that timed out were not tried again"; fi

# A job that is suspended does not work: the time is no time of a register or of a call.
# shellcheck disable=SC2317 # called by eventually
stood() { (($(date +%s%N) - since > 3000000000)); }
suspend_all() { # longer than the limits below
  mapfile -t all < <(below "$launcher")
  kill -STOP "${all[@]}"
  since=$(date +%s%N)
  eventually "$what: time stands still" stood || finish
  kill -CONT "${all[@]}"
}
below() { # below PID: it and its descendants
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do below "$child"; done
}
start_alone "${long_run[@]}" --output s.h5 --timeout 2.5
eventually "$what: no checkpoint" test -s s.h5.ckpt || finish
suspend_all
kill -USR2 "$launcher"
eventually "$what: no answer after a suspension" has 'writing a checkpoint; the run continues' err || finish
kill -USR1 "$launcher"
ended 75
says '0 of 1 register done'
sed -i 's/"300"/"1000"/; /own/d; s/},$/}]/' limits.solvers
start_alone scoring --tasks "$1" --solvers limits.solvers --progress never --slots 1 --timeout 3 --output c.h5
eventually "$what: no solver" pgrep -f "$solver echo m 1000" >pids || finish
suspend_all
ended 0
says ' 0 ended by a limit'
finish
