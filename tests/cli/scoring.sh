#!/usr/bin/env bash
# The scoring job as people use it: the shipped example, solvers that fail, wrong input.
# scoring.sh PATH/TO/gforbit PATH/TO/test_solver SOURCES
solver=$(realpath "$2")
sources=$(realpath "$3")
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
ln -s "$sources/configs" configs

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
for mode in spin abort half-line allocate exit other-id; do
  printf '{"id": "%s", "command": ["%s", "%s", "tag", "3"], "protocol": "worker", "memory": "200M", "timeout": %s},\n' \
    $mode "$solver" $mode "$([[ $mode == allocate ]] && echo 20 || echo 0.2)" >>bad.json
done
printf '{"id": "none", "command": ["/no/such"], "protocol": "once"}, {"id": "good", "builtin": "rotate_90"}]' >>bad.json
run 5 scoring --tasks configs/scoring/tasks/turn.json --solvers bad.json --output c.h5 --slots 3
run 0 check c.h5
run 0 summary c.h5
for ending in 'timed_out_wall  6' 'crashed         3' 'exited          3' 'out_of_memory   3' 'bad_output      3' \
  'spawn_failed    3' 'matched         3'; do
  prints "$ending"
done

misuses "missing '--tasks'" scoring --solvers bad.json
misuses "missing '--solvers'" scoring --tasks configs
echo '{"train": [{"input": [[1, 2], [3]], "output": [[1]]}], "test": []}' >ragged.json
refuses 3 "ragged.json: 'train', sample 1, 'input': row 2 is no list of 2 cells" scoring --tasks ragged.json --solvers bad.json
echo '[{"id": "a", "builtin": "rotate_9"}]' >wrong.json
refuses 3 "wrong.json: solver 1 ('a'): key 'builtin': unknown builtin" scoring --tasks configs/scoring/tasks --solvers wrong.json
finish
