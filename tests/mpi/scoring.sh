#!/usr/bin/env bash
# The scoring job on every number of ranks and slots: equal results to the last bit. A rank that is killed leaves no solver.
# scoring.sh GFORBIT MPIRUN TEST_SOLVER EXAMPLE_SOLVER
solver=$(realpath "$3")
example=$(realpath "$4")
tasks=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../scoring/tasks")
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

# Programs that work, programs that end alike whatever happens beside them, builtins; two that are equal.
cat >solvers.json <<END
[{"id": "pairs", "enumerate": 2, "priority": "low"},
 {"id": "example", "command": ["$example"], "protocol": "worker"},
 {"id": "echo", "command": ["$solver", "echo"], "protocol": "worker"},
 {"id": "echo again", "command": ["$solver", "echo"], "protocol": "worker", "priority": "high"},
 {"id": "once", "command": ["$solver", "echo"], "protocol": "once"},
 {"id": "crash", "command": ["$solver", "abort"], "protocol": "worker"},
 {"id": "none", "command": ["/no/such"], "protocol": "once"},
 {"id": "turn", "builtin": "rotate_90"}]
END
options=(scoring --tasks "$tasks" --solvers solvers.json --timeout 60 --store-outputs --progress never)

reference=
# compare FILE: its digest is that of the first file compared.
compare() {
  local digest
  digest=$("$gforbit" summary --digest "$1")
  reference=${reference:-$digest}
  if [[ $digest != "$reference" ]]; then fail "$what: the results differ"; fi
  "$gforbit" check "$1" >out 2>err || fail "$what: the file does not stand its check"
}

for ranks in 0 1 2 3; do
  for slots in 1 5; do
    run "$ranks" 5 "${options[@]}" --slots "$slots" --threads $((1 + slots % 3)) --output a.h5 --force
    says_once 'results_sha256'
    compare a.h5
  done
done
# Work that is done once or twice makes the same results.
run 2 5 "${options[@]}" --coalesce off --output a.h5 --force
compare a.h5

# What an earlier run has found is not done again, on any number of ranks and in parts.
run 2 5 "${options[@]}" --output old.h5
for ranks in 0 3; do
  run "$ranks" 5 "${options[@]}" --slots 2 --reuse old.h5 --output a.h5 --force
  says_once "calls taken from 'old.h5'"
  compare a.h5
done

# The ranks die, one or all; whatever the solvers have become, nothing of them is left.
mark=scoring-$$-mark
echo "[{\"id\": \"escape\", \"command\": [\"$solver\", \"escape\", \"$mark\"], \"protocol\": \"worker\"}]" >escape.json
# shellcheck disable=SC2317 # called by eventually
none_left() { ! pgrep -f "$solver escape $mark" >/dev/null; }
# shellcheck disable=SC2317
some_run() { (($(pgrep -fc "$solver escape $mark") >= 8)); }
for victims in 0 1 '0 1'; do
  start 2 scoring --tasks "$tasks" --solvers escape.json --timeout 0 --slots 2 --progress never --output b.h5 --force
  eventually "$what: no solvers" some_run || finish
  for victim in $victims; do kill -KILL "${ranks[victim]}"; done
  ended_badly
  eventually "$what: solvers are left over" none_left || finish
done
finish
