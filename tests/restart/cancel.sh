#!/usr/bin/env bash
# Single items of running runs that a person cancels: registers, pipelines, families, solvers; also over a restart.
# cancel.sh GFORBIT MPIRUN FAULTS TEST_SOLVER
solver=$(realpath "$4")
tasks=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../scoring/tasks")
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

# cancel STATUS TEXT FILE ITEM: the answer of the run.
cancel() {
  local status=0
  timeout 90 "$gforbit" cancel "$3" --item "$4" --wait 60 >answer 2>&1 || status=$?
  if ((status != $1)); then fail "cancel $3 $4: exit status $status, expected $1: $(cat answer)"; fi
  if ! grep -qF -- "$2" answer; then fail "cancel $3 $4: not '$2' but: $(cat answer)"; fi
}
# shellcheck disable=SC2317 # called by eventually
works() { has " rank" err; } # its first line: the output is claimed by then
# at_work FILE ARGUMENT...: starts a run of one rank, and waits until it is at work.
at_work() {
  start_alone "${@:2}" --output "$1" --progress never
  eventually "$what: it does not work" works || finish
}
# statuses FILE TABLE: the column `status`, each once.
statuses() {
  "$gforbit" export "$1" --table "$2" --format jsonl | sed 's/.*"status": "\([a-z_]*\)".*/\1/' | sort -u | paste -sd ' '
}
gone() { if [[ -e $1.cancel ]]; then fail "$what: $1.cancel is left over"; fi; }

run 0 3 cancel none.h5 --item a
says_once "no run is writing this file"
run 0 2 cancel none.h5
says_once "missing '--item'"

# A register at work, one that waits, and one that shares its work; the run is killed between.
cat >three.jsonl <<'JSON'
{"id": "a", "field": 3, "degree": 25, "feedback": "x0 + x1*x2^2"}
{"id": "b", "field": 3, "degree": 26, "feedback": "x0 + x1*x2^2", "priority": "idle"}
{"id": "small", "field": 2, "degree": 9, "feedback": "x0 + x3 + x1*x2"}
{"id": "b again", "field": 3, "degree": 26, "feedback": "x0 + x2^2*x1", "priority": "idle"}
JSON
three=(cycles --batch three.jsonl --threads 1)
at_work a.h5 "${three[@]}"
cancel 3 "no register of this run has the id 'c'" a.h5 c
cancel 0 "register 'b again' is cancelled, and 1 other that shares its work" a.h5 'b again'
cancel 3 "register 'b' has ended before: cancelled" a.h5 b
kill -KILL "$launcher"
all_ended || true
run 0 3 cancel a.h5 --item a
says_once 'no run is writing this file'
at_work a.h5 "${three[@]}" --resume
cancel 3 "register 'b' has ended before: cancelled" a.h5 b
cancel 0 "register 'a' is cancelled" a.h5 a
ended 0
says "gforbit cancel: register 'a' is cancelled"
gone a.h5
run 0 0 check a.h5
run 0 0 export a.h5 --table results/registers --format csv
if (($(grep -c 'cancelled,cancelled by gforbit cancel' out) != 3)); then fail "$what: not three rows are cancelled"; fi
if ! grep -q '^small,.*,completed,' out; then fail "$what: the small register is not completed"; fi

# What an earlier run left beside the output is nothing for one that begins anew; what is no regular file stays.
printf 'cancel\tx\tsmall\n' >c.h5.cancel
head -n 3 three.jsonl | tail -n 1 >small.jsonl
run 0 0 cycles --batch small.jsonl --output c.h5
run 0 0 export c.h5 --table results/registers --format csv
if ! grep -q '^small,.*,completed,' out; then fail "$what: an old request counts"; fi
gone c.h5
mkdir d.h5.cancel
at_work d.h5 cycles --batch three.jsonl
cancel 4 'it is not a regular file' d.h5 a
kill -KILL "$launcher"
all_ended || true

# Pipelines and families.
cat >two.jsonl <<'JSON'
{"id": "long", "pipeline": "range(1000000000000) * discard"}
{"id": "short", "pipeline": "range(3) * discard"}
JSON
at_work s.h5 stream --pipelines two.jsonl
cancel 0 "pipeline 'long' is cancelled" s.h5 long
ended 0
gone s.h5
run 0 0 check s.h5
what='status of pipelines'
if [[ $(statuses s.h5 results/pipelines) != 'cancelled completed' ]]; then fail "$(statuses s.h5 results/pipelines)"; fi
at_work f.h5 search --degree 33 --form 2,2
cancel 3 "no family of this run has the id '33'" f.h5 33
cancel 0 "family 'form 2,2, degree 33' is cancelled" f.h5 'form 2,2, degree 33'
ended 0
run 0 0 check f.h5

# Solvers on two ranks: one that never answers holds all slots, and is cancelled; the others are done.
cat >solvers.json <<JSON
[{"id": "hangs", "command": ["$solver", "spin"], "protocol": "worker", "priority": "high"},
 {"id": "hangs too", "command": ["$solver", "spin", "other"], "protocol": "worker", "priority": "high"},
 {"id": "echo", "command": ["$solver", "echo", "1", "1"], "protocol": "worker"},
 {"id": "turn", "builtin": "rotate_90"}]
JSON
start 2 scoring --tasks "$tasks/asked_twice.json" "$tasks/fall_and_grow.json" --solvers solvers.json --timeout 0 \
  --slots 2 --output p.h5 --progress never
eventually "$what: it does not work" works || finish
cancel 3 "no solver or task of this run has the id 'x'" p.h5 x
cancel 0 "solver 'hangs' on task 'fall_and_grow' is cancelled (1 of 1 item)" p.h5 hangs/fall_and_grow
cancel 0 "solver 'hangs' is cancelled (1 of 2 items)" p.h5 hangs
cancel 0 "task 'fall_and_grow' is cancelled" p.h5 '*/fall_and_grow'
kill -USR1 "$launcher"
ended 75
start 2 scoring --tasks "$tasks/asked_twice.json" "$tasks/fall_and_grow.json" --solvers solvers.json --timeout 0 \
  --slots 2 --output p.h5 --progress never --resume
eventually "$what: it does not work" works || finish
cancel 3 "solver 'hangs' has ended before" p.h5 hangs
cancel 0 "solver 'hangs too' is cancelled (1 of 2 items)" p.h5 'hangs too'
ended 0
gone p.h5
run 0 0 check p.h5
run 0 0 export p.h5 --table results/calls --format csv
if ! grep -q matched out || ! grep -q cancelled out; then fail "$what: rows are missing"; fi
run 0 0 export p.h5 --table runtime/calls --format csv
if ! grep -q 'cancelled by gforbit cancel' out; then fail "$what: the message is missing"; fi
finish
