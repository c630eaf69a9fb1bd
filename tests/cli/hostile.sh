#!/usr/bin/env bash
# Input that is wrong on purpose: refused before any work starts, or the loss of one call; never a crash.
# hostile.sh PATH/TO/gforbit SOURCES
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
ln -s "$2/configs" configs
task=configs/scoring/tasks/turn.json

# repeated N TEXT
repeated() { printf "%.0s$2" $(seq "$1"); }
# pipeline TEXT: writes p.jsonl
pipeline() { printf '{"pipeline": "%s"}\n' "$1" >p.jsonl; }

# A formula on several lines, as people type it into a shell.
run 0 stream --output a.h5 --pipeline $'range(3) *\n\tmap(y = value + 1) *\r\n  table(t)'
run 0 export a.h5 --table /results/t
prints '0,2,2,3'
run 0 cycles --field 2 --degree 4 --feedback $'x0\n + x1' --output b.h5
run 0 check b.h5
refuses 2 "no table '/nope'" export a.h5 --table /nope

# However long or deep an expression is, it does not overflow the stack.
pipeline "range(1) * map(y = $(repeated 100000 '1+')1) * discard"
refuses 3 'p.jsonl:1: character 20: more than 1000 operations in a row' stream --pipelines p.jsonl
pipeline "range(1) * map(y = $(repeated 900 '1+')1) * discard"
run 0 stream --pipelines p.jsonl --output c.h5
pipeline "range(1) * map(y = $(repeated 190 '(')1$(repeated 190 ')+1+1+1+1+1+1')) * discard"
refuses 3 'more than 1000 operations in a row' stream --pipelines p.jsonl
pipeline "range(1)$(repeated 2000 ' * map(y=1)') * discard"
refuses 3 'a pipeline has at most 2000 terms' stream --pipelines p.jsonl

# A folder is not replaced by the file of a sink, by --force neither; outputs.sh has pipes and devices.
mkdir folder
refuses 4 "cannot write 'folder': it exists and is not a regular file" \
  stream --pipeline "range(3) * csv('folder')" --output d.h5 --force

# A pipeline that is right, over input that is not.
for source in "csv('none.csv')" "jsonl('folder')" "hdf5('none.h5', table='results/t')" "hdf5('a.h5', table='none')" \
  "csv('/dev/null')"; do
  refuses 3 "'--pipeline': character 1: " stream --pipeline "$source * discard" --output d.h5
done

# A configuration without an end is refused at its limit.
refuses 2 '/dev/zero:1: the line is longer than' cycles --config /dev/zero

# Integers up to 2^64 - 1 are exact.
echo '{"x": 18446744073709551615}' >large.jsonl
run 0 stream --pipeline "jsonl('large.jsonl') * table(t)" --output e.h5
run 0 export e.h5 --table results/t
prints '18446744073709551615'

# A reply costs its call, whatever it is.
# reply STATUS TEXT: what a solver says to every request, printed by a program of its own, and how the run ends.
reply() {
  printf '%s\n' "$2" >reply.json
  echo '[{"id": "a", "command": ["cat", "reply.json"], "protocol": "once"}, {"id": "turn", "builtin": "rotate_90"}]' >s.json
  run "$1" scoring --tasks "$task" --solvers s.json --output f.h5 --force --timeout 20
  run 0 summary f.h5
}
reply 5 '{"outputs": [[[1e999]]]}'
prints 'bad_output'
run 0 export f.h5 --table runtime/calls
prints "number overflow parsing '1e999'"
reply 0 "{\"error\": $(repeated 200000 '[')$(repeated 200000 ']')}"
prints 'matched'
reply 5 "{\"outputs\": [[[$(repeated 200000 '[')$(repeated 200000 ']')]]]}"
prints 'bad_output'

# solvers TEXT: writes s.json
solvers() { printf '%s\n' "$1" >s.json; }
solvers '[{"id": "a", "command": ["true"], "protocol": "once", "timeout": 1e999}]'
refuses 3 's.json: not valid JSON: number overflow' scoring --tasks "$task" --solvers s.json
solvers '[{"id": "a", "id": "b", "builtin": "rotate_90"}]'
refuses 3 "s.json: key 'id': appears twice in a solver" scoring --tasks "$task" --solvers s.json
solvers "[{\"id\": $(repeated 200000 '[')$(repeated 200000 ']'), \"builtin\": \"rotate_90\"}]"
refuses 3 "s.json: solver 1: key 'id': expected a text, found a list" scoring --tasks "$task" --solvers s.json
solvers '[{"id": "a", "command": ["true\u0000"], "protocol": "once"}]'
refuses 3 "key 'command': an argument cannot contain a NUL byte" scoring --tasks "$task" --solvers s.json

# A full disk below standard output has one message and its own status.
for arguments in 'cycles --field 2 --coefficients 1,1 --dry-run' 'stream --pipeline range(1)*print(a)*discard --output g.h5'; do
  status=0
  # shellcheck disable=SC2086
  "$gforbit" $arguments >/dev/full 2>err || status=$?
  ((status == 4)) || fail "$arguments on a full disk: exit status $status, expected 4"
  if grep -qF 'internal error' err; then fail "$arguments on a full disk: internal error"; fi
done
finish
