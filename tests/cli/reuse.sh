#!/usr/bin/env bash
# Scoring that takes calls from the file of an earlier run: as if they had been made, and only where nothing has changed.
# reuse.sh PATH/TO/gforbit PATH/TO/test_solver PATH/TO/example_solver SOURCES
solver=$(realpath "$2")
example=$(realpath "$3")
sources=$(realpath "$4")
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
cp -r "$sources/tests/scoring/tasks" tasks

# A program that says on which task it is called, others, and builtins. Each of the first two has a file of its own.
for name in one two; do
  # shellcheck disable=SC2016 # the script expands them
  printf '#!/bin/sh\nread -r request\necho "%s ${request%%%%, \\"demo*}" >>%s/made\necho "$request" | exec %s\n' \
    $name "$PWD" "$example" >$name.sh
  chmod +x $name.sh
done
cat >solvers.json <<JSON
[{"id": "one", "command": ["./one.sh"], "protocol": "once"}, {"id": "two", "command": ["sh", "two.sh"], "protocol": "once"},
 {"id": "named", "command": ["$example"], "protocol": "worker", "priority": "low"},
 {"id": "spin", "command": ["$solver", "spin"], "protocol": "worker", "timeout": 0.2, "tasks": "kaleidoscope"},
 {"id": "abort", "command": ["$solver", "abort"], "protocol": "worker"}, {"id": "pairs", "enumerate": 2}]
JSON
patient=(scoring --tasks tasks --solvers solvers.json --progress never)
score=("${patient[@]}" --timeout 60)
made() { if [[ -e made ]]; then wc -l <made; else echo 0; fi; }
# makes N: so many calls of `one` and `two` since the last time.
makes() {
  if (($(made) != $1)); then fail "$what: $(made) calls were made instead of $1"; fi
  rm -f made
}
# same A B: their digests are equal, and both are valid.
same() {
  local file
  for file in "$@"; do run 0 check "$file"; done
  if [[ $("$gforbit" summary --digest "$1") != $("$gforbit" summary --digest "$2") ]]; then fail "$what: $1 and $2 differ"; fi
}

run 5 "${score[@]}" --output old.h5 --store-outputs
all=$(made)
rm made
run 0 export old.h5 --table runtime/calls
programs=$(($(wc -l <out) - 1))

# Nothing has changed: no call is made, and all else is as it was, the outputs too.
run 5 "${score[@]}" --output new.h5 --store-outputs --reuse old.h5
makes 0
says "'old.h5': 5 of 5 programs and 9 of 9 tasks are as they were"
says "calls taken from 'old.h5'"
same old.h5 new.h5
run 0 summary new.h5
prints 'calls of an earlier run'
run 0 export new.h5 --table runtime/calls
if (($(wc -l <out) != programs + 1)); then fail 'other rows in runtime/calls'; fi
cp out calls
run 0 export old.h5 --table runtime/calls
diff out calls >/dev/null || fail 'the calls have other times or messages'
# From a file that itself took its calls from another; with a submission; with other threads and slots.
run 5 "${score[@]}" --output newer.h5 --submission s.json --store-outputs --reuse new.h5 --slots 1 --threads 1
makes 0
says "'s.json' has"
same old.h5 newer.h5

# Only what changed is called: a solver's file, a task, the priority of nobody.
sed -i 's/"low"/"high"/' solvers.json
echo '# changed' >>two.sh
run 5 "${score[@]}" --output new.h5 --reuse old.h5 --force
makes $((all / 2))
sed -i 's/12/21/; s/1/2/' tasks/not_told.json
run 5 "${score[@]}" --output full.h5
rm made
run 5 "${score[@]}" --output newer.h5 --reuse new.h5 --force
says "5 of 5 programs and 8 of 9 tasks are as they were"
makes 6
same full.h5 newer.h5
# The name of a task is no difference, unless names count.
mv tasks/turn_and_recolour.json tasks/by_another_name.json
run 5 "${score[@]}" --output new.h5 --reuse full.h5 --force
makes 0
run 5 "${score[@]}" --output new.h5 --coalesce off --force
rm made
mv tasks/by_another_name.json tasks/turn_and_recolour.json
run 5 "${score[@]}" --output newer.h5 --reuse new.h5 --coalesce off --force
makes 8

# What reached a limit counts for the same limit, all else for limits that are no tighter.
run 5 "${patient[@]}" --output new.h5 --reuse full.h5 --timeout 70 --force
makes 0
run 5 "${patient[@]}" --output new.h5 --reuse full.h5 --timeout 50 --force
makes "$all"
sed -i 's/0\.2/0.3/' solvers.json
run 5 "${score[@]}" --output new.h5 --reuse full.h5 --force
makes 0
run 0 summary new.h5
prints 'no reply within 0.3 s'
# Other rules make other calls.
run 5 "${score[@]}" --output new.h5 --reuse full.h5 --attempts 1 --force
says '0 of 5 programs'
makes "$all"

# Calls that cannot matter are skipped as if none were known; enough is enough.
for rules in failed-demo failed-demo,timeout,solved; do
  run 5 "${score[@]}" --output first.h5 --end-early "$rules" --force
  run 5 "${score[@]}" --output second.h5 --end-early "$rules" --reuse full.h5 --force
  same first.h5 second.h5
done
run 0 "${score[@]}" --output second.h5 --stop-after 1 --reuse full.h5 --force
says 'enough was solved for --stop-after'
run 0 check second.h5
rm -f made

# Parts, and what was joined of them.
sed -i 's/0\.3/0.2/' solvers.json
for ((i = 1; i <= 2; ++i)); do
  "$gforbit" "${score[@]}" --part "$i/2" --reuse full.h5 --output "part$i.h5" 2>err || (($? == 5)) || fail "part $i"
done
makes 0
run 0 merge part1.h5 part2.h5 --output joined.h5
same full.h5 joined.h5
run 5 "${score[@]}" --output new.h5 --reuse joined.h5 --force
makes 0
same full.h5 new.h5

# What cannot be used is said before the start.
refuses 3 'the earlier run kept no outputs, which --store-outputs and --submission need' "${score[@]}" --output x.h5 --reuse full.h5 --store-outputs
run 0 cycles --field 2 --coefficients 1,1,0,0 --output cycles.h5
refuses 3 "--reuse: 'cycles.h5' is no result of gforbit scoring" "${score[@]}" --output x.h5 --reuse cycles.h5
refuses 3 "'none.h5'" "${score[@]}" --output x.h5 --reuse none.h5
refuses 3 "'solvers.json'" "${score[@]}" --output x.h5 --reuse solvers.json
misuses "'full.h5'" "${score[@]}" --output full.h5 --reuse full.h5 --force
finish
