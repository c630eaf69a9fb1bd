#!/usr/bin/env bash
# The scoring job as people use it: the shipped example, solvers that fail, wrong input.
# scoring.sh PATH/TO/gforbit PATH/TO/test_solver PATH/TO/example_solver SOURCES
solver=$(realpath "$2")
example=$(realpath "$3")
sources=$(realpath "$4")
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
ln -s "$sources/configs" configs
tasks=$sources/tests/scoring/tasks

# Which tasks builtins and compositions solve, pinned.
run 0 scoring --config configs/scoring/demo.ini --output a.h5
run 0 check a.h5
prints 'a.h5: valid'
run 0 summary a.h5
prints '2 tasks, 2 solved by some candidate'
run 0 export a.h5 --table results/candidates
prints 'turn,1,3,2,1,1'
prints 'python,0,3,2,1,1'
prints 'pairs/recolour_learned,3,3,2,1,1'
run 0 scoring --config configs/scoring/demo.ini --output b.h5 --threads 3 --slots 1
if [[ $("$gforbit" summary --digest a.h5) != $("$gforbit" summary --digest b.h5) ]]; then fail 'the digests differ'; fi

# Each failure is its own status, and the others are untouched.
printf '[' >bad.json
for mode in spin abort half-line allocate exit other-id unflushed; do
  printf '{"id": "%s", "command": ["%s", "%s", "tag", "3"], "protocol": "worker", "memory": "200M", "timeout": %s},\n' \
    $mode "$solver" $mode "$([[ $mode == spin || $mode == half-line || $mode == unflushed ]] && echo 0.2 || echo 20)" >>bad.json
done
printf '{"id": "none", "command": ["/no/such"], "protocol": "once"}, {"id": "good", "builtin": "rotate_90"}]' >>bad.json
run 5 scoring --tasks configs/scoring/tasks/turn.json --solvers bad.json --output c.h5 --slots 3
says '21 ended by a limit or a crash (9 timed_out_wall, 3 out_of_memory, 3 crashed, 3 exited, 3 spawn_failed), 3 with'
says ' 3 timed out'
says "solver 'abort': 3 of 3 rows failed (3 crashed); on task 'turn': ended by signal 6"
run 0 check c.h5
run 0 summary c.h5
prints "  solver 'spin': 3 of 3 rows failed (3 timed_out_wall); on task 'turn': no reply within 0.2 s"
for ending in 'timed_out_wall  9' 'crashed         3' 'exited          3' 'out_of_memory   3' 'bad_output      3' \
  'spawn_failed    3' 'matched         3'; do
  prints "$ending"
done

# What a solver that is bad at the protocol says is shown, and its run does not end as if all were well.
for mode in other-id exit; do
  echo "[{\"id\": \"bad\", \"command\": [\"$solver\", \"$mode\", \"tag\", \"3\"], \"protocol\": \"worker\"}]" >one.json
  run 5 scoring --tasks configs/scoring/tasks/turn.json --solvers one.json --output "one-$mode.h5" --timeout 20
  run 0 check "one-$mode.h5"
done
run 0 summary one-other-id.h5
prints "3 of 3 rows failed (3 bad_output); on task 'turn': a line without the id of the call: '{\"id\": 12345678,"
run 0 summary one-exit.h5
prints "; its standard error ends with 'a last word'"

# A probe starts every program once.
echo "[{\"id\": \"good\", \"command\": [\"$example\"], \"protocol\": \"worker\"}, {\"id\": \"bad\", \"command\": [\"$solver\", \"abort\"], \"protocol\": \"worker\"}]" >probe.json
run 0 scoring --tasks configs/scoring/tasks --solvers probe.json --dry-run=probe --timeout 20
prints "probe: 1 of 2 programs gave a usable reply"
prints "  'bad': ended by signal 6"
echo "[{\"id\": \"bad\", \"command\": [\"$solver\", \"abort\"], \"protocol\": \"worker\"}]" >probe.json
run 3 scoring --tasks configs/scoring/tasks --solvers probe.json --dry-run=probe --timeout 20
says 'no program gave a usable reply:'
says "  'bad': ended by signal 6"
run 3 scoring --tasks configs/scoring/tasks --solvers bad.json --dry-run=probe
says '1 program cannot be started:'
says "  'none': cannot start '/no/such'"

# Tasks of our own: which of them compositions of two solve, pinned; what solvers are told equal is done once.
cat >mine.json <<JSON
[{"id": "pairs", "enumerate": 2, "priority": "low"},
 {"id": "example", "command": ["$example"], "protocol": "worker"},
 {"id": "example, once", "command": ["$example"], "protocol": "once"},
 {"id": "twin", "command": ["$example"], "protocol": "worker"}]
JSON
mine=(scoring --tasks "$tasks" --solvers mine.json --timeout 30 --progress never)
run 0 "${mine[@]}" --output d.h5
says '36 items: 24 completed, 0 failed, 0 timed out, 0 cancelled, 12 coalesced'
run 0 check d.h5
run 0 export d.h5 --table results/tasks
diff - out <<'CSV' || fail 'other tasks are solved'
id,n_demo,n_test,n_candidates_solved
asked_twice,2,1,56
beyond_them,2,1,0
fall_and_grow,2,1,2
kaleidoscope,2,2,2
large_colours,2,1,5
not_told,2,1,0
turn_and_recolour,3,1,1
upside_down,2,1,16
upside_down_again,2,1,16
CSV
run 0 export d.h5 --table results/candidates
for candidate in turn_and_recolour:pairs/rotate_90+recolour_learned kaleidoscope:pairs/mirror_right+mirror_down \
  fall_and_grow:pairs/gravity_down+scale_2 upside_down:example large_colours:pairs/recolour_learned; do
  prints "${candidate#*:},"
done
prints 'twin,3,6,4,2,2'
# The name of a task or a solver is no difference, nor is a sample that was asked for before: 8 * 3 + 2 - 1 calls.
run 0 export d.h5 --table runtime/calls
if (($(wc -l <out) != 1 + 2 * 25)); then fail "$(wc -l <out) lines instead of 51 in runtime/calls"; fi
run 0 "${mine[@]}" --coalesce off --output e.h5
if [[ $("$gforbit" summary --digest d.h5) != $("$gforbit" summary --digest e.h5) ]]; then fail 'coalescing changes results'; fi

# Python functions: each is a candidate, and what they print is no reply.
cat >functions.py <<'PY'
print('while it is imported')
def turn_right(grid):
    print('while it works')
    return tuple(zip(*grid[::-1]))
def turn_and_guess(grid, demos):
    return [demos[0][1], turn_right(grid)]
def turn_wrong(grid):
    raise ValueError('never')
PY
echo '[{"id": "py", "python": "functions.py:turn_*"}, {"id": "one", "python": "functions.py:turn_wrong"}]' >python.json
export PYTHONPATH=$sources/jobs/report
run 0 scoring --tasks configs/scoring/tasks/turn.json --solvers python.json --output py.h5 --timeout 60
run 0 check py.h5
run 0 export py.h5 --table results/candidates
prints 'py/turn_right,0,3,2,1,1'
prints 'py/turn_and_guess,0,3,2,1,1'
prints 'one,1,0,0,0,0'
run 0 export py.h5 --table runtime/calls
prints 'turn_wrong: ValueError: never'
echo '[{"id": "py", "python": "functions.py"}]' >python.json
run 3 scoring --tasks configs/scoring/tasks/turn.json --solvers python.json --output py.h5 --force
says "key 'python'"

# A missing file or function is found before any call.
python_fault() {
  echo "[{\"id\": \"ok\", \"builtin\": \"identity\"}, {\"id\": \"py\", \"python\": \"$1\"}]" >python.json
  refuses 3 "python.json: solver 2 ('py'): key 'python': $2" scoring --tasks configs/scoring/tasks --solvers python.json
}
echo 'def turn(' >broken.py
printf 'def outer():\n    def turn(grid):\n        return grid\nif True:\n    turn_if = outer\n' >nested.py
echo 'globals()["turn_late"] = len' >late.py
python_fault no_such.py:turn "there is no file 'no_such.py'"
python_fault functions.py:turn_up "'functions.py' has no function 'turn_up'"
python_fault 'functions.py:solve_*' "'functions.py' has no function 'solve_*'"
python_fault 'functions.py:solve_{task}' "'functions.py' has no function 'solve_{task}'"
python_fault nested.py:turn "'nested.py' has no function 'turn'"
python_fault broken.py:turn "'broken.py', line 1: "
PYTHONPATH='' python_fault functions.py:turn_right 'python3 does not find the module gforbit_solver'
for function in nested.py:turn_if late.py:turn_late; do
  echo "[{\"id\": \"py\", \"python\": \"$function\"}]" >python.json
  run 0 scoring --tasks configs/scoring/tasks --solvers python.json --dry-run
done

# Where the file imports numpy, grids are arrays.
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  cat >arrays.py <<'PY'
import numpy
def turn_array(grid):
    assert isinstance(grid, numpy.ndarray)
    return numpy.rot90(grid, -1)
def turn_bytes(grid, demos):
    assert isinstance(demos[0][1], numpy.ndarray)
    return [demos[0][1], numpy.rot90(grid, -1).astype(numpy.uint8)]
def turn_half(grid):
    return grid + 0.5
PY
  echo '[{"id": "np", "command": ["/usr/bin/python3", "-m", "gforbit_solver", "arrays.py:turn_*"], "protocol": "worker", "ready": true}]' >arrays.json
  run 0 scoring --tasks configs/scoring/tasks/turn.json --solvers arrays.json --output np.h5 --timeout 60 --startup-timeout 60
  run 0 export np.h5 --table results/candidates
  prints 'np/turn_array,0,3,2,1,1'
  prints 'np/turn_bytes,0,3,2,1,1'
  if grep -q turn_half out; then fail 'a cell that is no integer is an output'; fi
fi

# Solvers with tasks of their own: others are no calls of theirs.
cat >chosen.json <<JSON
[{"id": "all", "builtin": "flip_vertical"}, {"id": "down", "builtin": "flip_vertical", "tasks": "upside*"},
 {"id": "py", "python": "by_task.py:solve_{task}", "tasks": ["upside_down", "not_told", "kaleidoscope"]}]
JSON
cat >by_task.py <<'PY'
def solve_upside_down(grid):
    return grid[::-1]
def solve_not_told(grid):
    return grid
PY
run 0 scoring --tasks "$tasks" --solvers chosen.json --output chosen.h5 --timeout 60 --store-outputs
run 0 check chosen.h5
run 0 export chosen.h5 --table results/candidates
prints 'down,1,6,4,2,2,'
prints 'py,2,3,2,1,1,'
if [[ $(awk -F, '$1 == "down" {print $9}' out) != 6 ]]; then fail 'down was not called for 6 samples'; fi
for ((i = 1; i <= 3; ++i)); do
  run 0 scoring --tasks "$tasks" --solvers chosen.json --part "$i/3" --output "chosen$i.h5" --timeout 60 --store-outputs
  run 0 check "chosen$i.h5"
done
run 0 merge chosen1.h5 chosen2.h5 chosen3.h5 --output chosen-all.h5
prints "$("$gforbit" summary --digest chosen.h5)"
run 0 check chosen-all.h5

# What names no task is said at the start; a submission of a part is none of all.
echo '[{"id": "a", "builtin": "identity"}, {"id": "b", "builtin": "transpose", "tasks": ["upside_down", "nobody*"]}, {"id": "c", "builtin": "rotate_90", "tasks": "nothing"}]' >chosen.json
unmatched="2 texts in the key 'tasks' of solvers are the id of no task: 'nobody*' of 'b', 'nothing' of 'c'; one solver is called on no task"
run 0 scoring --tasks "$tasks" --solvers chosen.json --output unmatched.h5
says "$unmatched"
run 0 scoring --tasks "$tasks" --solvers chosen.json --dry-run
prints "$unmatched"
run 0 scoring --tasks "$tasks" --solvers chosen.json --output unmatched.h5 --part 1/2 --submission part.json --force
says "'part.json' will hold only what the candidates of part 1/2 make"

# Calls that cannot matter are skipped, and the same ones whatever the threads and slots.
cat >early.json <<JSON
[{"id": "example", "command": ["$example"], "protocol": "worker"}, {"id": "pairs", "enumerate": 2, "priority": "low"},
 {"id": "once", "command": ["$example"], "protocol": "once", "priority": "high"}, {"id": "turn", "builtin": "rotate_180"}]
JSON
for rules in failed-demo solved failed-demo,timeout,solved; do
  early=(scoring --tasks "$tasks" --solvers early.json --end-early "$rules" --timeout 60)
  run 0 "${early[@]}" --output "early-$rules.h5" --slots 1 --threads 1
  says ' skipped by --end-early'
  run 0 check "early-$rules.h5"
  run 0 "${early[@]}" --output again.h5 --force --slots 5 --threads 3
  if [[ $("$gforbit" summary --digest again.h5) != $("$gforbit" summary --digest "early-$rules.h5") ]]; then
    fail "$rules: the digests differ"
  fi
done
run 0 summary early-solved.h5
prints '  skipped '
misuses "'--end-early solved' needs all solvers in one run" "${early[@]}" --part 1/2 --output x.h5
misuses 'expected failed-demo, timeout and solved' scoring --tasks "$tasks" --solvers early.json --end-early never --output x.h5

# Folders of folders; a pipe among the files is an error, not a wait.
mkdir -p sets/one sets/two
cp "$tasks/upside_down.json" sets/one
cp "$tasks/kaleidoscope.json" sets/two
run 0 scoring --tasks sets --solvers configs/scoring/solvers.json --output sets.h5 --timeout 60
says '2 tasks'
mkfifo sets/two/pipe.json
run 3 scoring --tasks sets --solvers configs/scoring/solvers.json --output sets.h5 --force
says "'sets/two/pipe.json' is a pipe or a device"

# Files as they are published: all tasks in one file with the outputs of tests in another; a bare list of samples.
rm sets/two/pipe.json
mkdir published
cat >published/a_challenges.json <<'JSON'
{"t1": {"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[3, 4]]}, {"input": [[5, 6]]}]},
 "t2": {"train": [{"input": [[1], [2]], "output": [[2], [1]]}], "test": [{"input": [[7], [8]]}]}}
JSON
echo '{"t1": [[[4, 3]], [[6, 5]]], "t2": [[[8], [7]]]}' >published/a_solutions.json
echo '{"t1": [[[4, 3]], [[6, 5]]]}' >some.json
echo '{"t1": [{"attempt_1": [[0]], "attempt_2": [[0]]}]}' >published/sample_submission.json
echo '[{"input": [[1, 2]], "output": [[2, 1]]}, {"input": [[3, 4]], "output": [[4, 3]]}]' >published/list.json
echo '[{"id": "wrong", "builtin": "identity"}, {"id": "right", "builtin": "flip_horizontal"}, {"id": "down", "builtin": "flip_vertical"}]' >flips.json
run 0 scoring --tasks published --solvers flips.json --output published.h5 --submission submission.json
says "; 'submission.json' has 5 of 5 test outputs right"
run 0 check published.h5
run 0 export published.h5 --table results/tasks
prints 't1,1,2,1'
prints 't2,1,1,1'
prints 'list,0,2,1'
diff - submission.json <<'JSON' || fail 'another submission'
{
"t1": [{"attempt_1": [[4,3]], "attempt_2": [[3,4]]}, {"attempt_1": [[6,5]], "attempt_2": [[5,6]]}],
"t2": [{"attempt_1": [[8],[7]], "attempt_2": [[7],[8]]}],
"list": [{"attempt_1": [[2,1]], "attempt_2": [[1,2]]}, {"attempt_1": [[4,3]], "attempt_2": [[3,4]]}]
}
JSON
misuses "'submission.json' exists" scoring --tasks published --solvers flips.json --output x.h5 --submission submission.json
run 0 scoring --tasks published/a_challenges.json --solutions some.json --solvers flips.json --output some.h5
run 0 export some.h5 --table results/tasks
prints 't2,1,1,0'
echo '{"t3": []}' >none.json
refuses 3 "'none.json' has a solution of none of the 2 tasks" scoring --tasks published/a_challenges.json --solutions none.json --solvers flips.json
echo '{"t1": []}' >none.json
refuses 3 'expected a list of 2 grids, one for each test' scoring --tasks published/a_challenges.json --solutions none.json --solvers flips.json

# One id in two sets: the same task is read once, another one needs its path. What is no task may be left out.
cp sets/one/upside_down.json sets/two
run 0 scoring --tasks sets --solvers flips.json --output x.h5 --force
says '2 tasks'
cp sets/two/kaleidoscope.json sets/one/upside_down.json
refuses 3 '--id-from path tells them apart' scoring --tasks sets --solvers flips.json
run 0 scoring --tasks sets --id-from path --solvers flips.json --output x.h5 --force
run 0 export x.h5 --table results/tasks
prints 'sets/one/upside_down,'
prints 'sets/two/upside_down,'
echo '{"train": 1}' >sets/one/wrong.json
refuses 3 "wrong.json: key 'train'" scoring --tasks sets --id-from path --solvers flips.json
run 0 scoring --tasks sets --id-from path --on-error skip --solvers flips.json --output x.h5 --force
says '; 1 task left out'
says "left out: sets/one/wrong.json: key 'train'"
refuses 3 'no task is left' scoring --tasks sets/one/wrong.json --on-error skip --solvers flips.json

# The best candidate of each task: also where the best one is of no help elsewhere, and where none has an output.
run 0 export d.h5 --best
diff - out <<'CSV' || fail 'other candidates are best'
task,candidate,solved,demo_matches,n_demo,test_matches,n_test,cells_equal
asked_twice,pairs/rotate_180,1,2,2,1,1,14
beyond_them,,0,0,2,0,1,0
fall_and_grow,pairs/scale_2+gravity_down,1,2,2,1,1,184
kaleidoscope,pairs/mirror_right+mirror_down,1,2,2,2,2,148
large_colours,pairs/recolour_learned,1,2,2,1,1,35
not_told,pairs/transpose,0,2,2,0,1,18
turn_and_recolour,pairs/rotate_90+recolour_learned,1,3,3,1,1,53
upside_down,pairs/flip_vertical,1,2,2,1,1,49
upside_down_again,pairs/flip_vertical,1,2,2,1,1,49
CSV
run 0 export d.h5 --best --format json
counts_nine() { /usr/bin/python3 -c 'import json; assert len(json.load(open("out"))) == 9' || fail "$what: no array of nine objects"; }
counts_nine
run 0 export d.h5 --best --format jsonl
prints '{"task": "upside_down", "candidate": "pairs/flip_vertical", "solved": 1, '
run 0 export d.h5 --table results/tasks --format json
counts_nine
# The size of solvers: as their file says, or of their source.
printf 'x = 1\n' >source.py
cat >sized.json <<JSON
[{"id": "given", "builtin": "flip_vertical", "size": 7},
 {"id": "compiled", "command": ["$example"], "protocol": "worker"},
 {"id": "script", "command": ["$example", "source.py", "./source.py"], "protocol": "worker"},
 {"id": "unknown", "builtin": "flip_vertical"}]
JSON
run 0 scoring --tasks "$tasks/upside_down.json" --solvers sized.json --output sized.h5 --timeout 20
run 0 check sized.h5
run 0 export sized.h5 --table runtime/solvers --format jsonl
for size in 7 -1 6; do prints "\"size\": $size}"; done
sed 's/"size": 7/"size": -7/' sized.json >wrong.json
refuses 3 "key 'size': expected an integer from 0 to 2^53" scoring --tasks "$tasks/upside_down.json" --solvers wrong.json
misuses "'--best' and '--table' exclude each other" export d.h5 --best --table results/tasks
misuses "'--best' has the formats" export d.h5 --best --format batch

# Parts: joined, they are the whole.
for ((i = 1; i <= 3; ++i)); do
  run 0 "${mine[@]}" --part "$i/3" --output "part$i.h5"
  run 0 check "part$i.h5"
done
run 0 merge part3.h5 part1.h5 part2.h5 --output all.h5
prints "$("$gforbit" summary --digest d.h5)"
run 0 check all.h5
refuses 3 'part 2/3 is missing' merge part1.h5 part3.h5 --output x.h5
run 0 "${mine[@]}" --part 1/3 --attempts 1 --output other.h5
refuses 3 'different problems' merge other.h5 part2.h5 part3.h5 --output x.h5
misuses 'the solvers have 995 candidates only' "${mine[@]}" --part 1/1000 --output x.h5

# Environment and folder of a program; the leaderboard in LaTeX.
mkdir elsewhere
cat >elsewhere/cell.sh <<'SH'
#!/bin/sh
echo "{\"outputs\": [[[$CELL]]]}"
echo "$PWD" >&2
SH
chmod +x elsewhere/cell.sh
echo '[{"id": "cell_7", "command": ["./cell.sh"], "protocol": "once", "cwd": "elsewhere", "env": {"CELL": "7"}},
       {"id": "cell_8", "command": ["./cell.sh"], "protocol": "once", "cwd": "elsewhere", "env": {"CELL": "8"}}]' >env.json
CELL=9 run 0 scoring --tasks configs/scoring/tasks/turn.json --solvers env.json --output env.h5 --timeout 60 --store-outputs
run 0 export env.h5 --table results/outputs
prints '[[7]]'
prints '[[8]]'
run 0 export env.h5 --table runtime/calls
prints '/elsewhere'
run 0 summary env.h5 --format latex
prints 'cell\_7 & 0 & 0'
sed 's/elsewhere/nowhere/' env.json >nowhere.json
refuses 3 "key 'cwd': there is no folder 'nowhere'" scoring --tasks configs/scoring/tasks --solvers nowhere.json

# Candidates that programs report are bounded by --memory, and a larger one continues.
cat >many.sh <<'SH'
#!/bin/sh
printf '{"outputs": ['
seq -s, 1 3000 | sed 's/[0-9][0-9]*/{"candidate": "c&", "output": [[1]]}/g' | tr -d '\n'
echo ']}'
SH
chmod +x many.sh
echo '[{"id": "many", "command": ["./many.sh"], "protocol": "once"}]' >many.json
many=(scoring --tasks configs/scoring/tasks --solvers many.json --output many.h5 --timeout 60)
run 1 "${many[@]}" --memory 1M
says "the last ones of solver 'many': a larger --memory"
run 0 "${many[@]}" --memory 100M --resume
says 'resumed from'
run 0 check many.h5

# Enough is enough; a plan; what does not fit or is not for this job.
run 0 "${mine[@]}" --stop-after 1 --output f.h5
says 'enough was solved for --stop-after'
run 0 check f.h5
run 0 summary f.h5
prints '  cancelled '
run 0 "${mine[@]}" --dry-run
prints '36 items, 12 of them shared with an equal one'
misuses '--part I/N' "${mine[@]}" --memory 1M --output x.h5
misuses "'equivalent' is only available for gforbit cycles" "${mine[@]}" --coalesce equivalent --output x.h5
misuses "'--force' and '--resume' exclude each other" "${mine[@]}" --force --resume --output x.h5

# A call that ran out of wall time without CPU time is tried once more.
echo "[{\"id\": \"sleep\", \"command\": [\"$solver\", \"sleep\"], \"protocol\": \"worker\", \"timeout\": 0.5}]" >sleep.json
run 5 scoring --tasks "$tasks/not_told.json" --solvers sleep.json --retry-starved --output g.h5
run 0 export g.h5 --table runtime/calls --format jsonl
if (($(grep -c '"retries": *1' out) != 3)); then fail 'not every call was tried twice'; fi

# What a program writes to standard error may be anything.
printf '#!/bin/sh\nprintf "\\377bad\\000\\303" >&2\nexit 3\n' >binary.sh
chmod +x binary.sh
echo '[{"id": "binary", "command": ["./binary.sh"], "protocol": "once"}]' >binary.json
run 5 scoring --tasks "$tasks/not_told.json" --solvers binary.json --output h.h5
run 0 export h.h5 --table runtime/calls
prints $'\xef\xbf\xbdbad\xef\xbf\xbd\xef\xbf\xbd'

misuses "missing '--tasks'" scoring --solvers bad.json
misuses "missing '--solvers'" scoring --tasks configs
echo '{"train": [{"input": [[1, 2], [3]], "output": [[1]]}], "test": []}' >ragged.json
refuses 3 "ragged.json: 'train', sample 1, 'input': row 2 is no list of 2 cells" scoring --tasks ragged.json --solvers bad.json
echo '[{"id": "a", "builtin": "rotate_9"}]' >wrong.json
refuses 3 "wrong.json: solver 1 ('a'): key 'builtin': unknown builtin" scoring --tasks configs/scoring/tasks --solvers wrong.json
finish
