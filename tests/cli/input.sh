#!/usr/bin/env bash
# Registers from files: read as documented, and refused with file, line and rule before anything is written (exit 3).
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

# batch LINE...: writes b.jsonl.
batch() { printf '%s\n' "$@" >b.jsonl; }
good='{"field": 2, "coefficients": [1, 1, 0, 1]}'

batch "$good" '' '{"field": 3, "degree": 2, "feedback": "x0 + x1^2", "id": "three"}'
run 0 cycles --batch b.jsonl --output a.h5
run 0 export a.h5 --table results/registers --format jsonl
prints '"id": "1"'
prints '"id": "three"'

run 0 cycles --batch b.jsonl --output a.h5 --force
"$gforbit" cycles --batch - --output pipe.h5 <b.jsonl >out 2>err || fail "standard input"
"$gforbit" cycles --batch <(cat b.jsonl) --output substitution.h5 >out 2>err || fail "a pipe"
digests=$(for result in a pipe substitution; do "$gforbit" summary --digest $result.h5; done | sort -u | wc -l)
if ((digests != 1)); then fail 'the way of reading changed the result'; fi

printf '1,1,0,1\r\n\r\n"1","1"\r\n' >r.csv
run 0 cycles --field 2 --registers r.csv --output c.h5
run 0 export c.h5 --table results/registers
prints '1,2,4,'
prints '3,2,2,'

rm -f gforbit-cycles.h5
batch "$good" '{"field": 2, "coefficients": [1, 2]}'
refuses 3 "b.jsonl:2: key 'coefficients': " cycles --batch b.jsonl
batch "$good" '{"feild": 2}'
refuses 3 "b.jsonl:2: unknown key 'feild'; did you mean 'field'?" cycles --batch b.jsonl
batch "$good" '{"field": 2, "coefficients": [1,]}'
refuses 3 'b.jsonl:2: column 33: not valid JSON' cycles --batch b.jsonl
batch '{"field": 2, "coefficients": [1], "id": "a"}' "$good" '{"field": 2, "coefficients": [1], "id": "a"}'
refuses 3 "b.jsonl:3: key 'id': 'a' is the id of line 1 already" cycles --batch b.jsonl
batch
refuses 3 'b.jsonl holds no registers' cycles --batch b.jsonl
refuses 3 "cannot read 'none.jsonl': No such file or directory" cycles --batch none.jsonl
refuses 3 'standard input holds no registers' cycles --batch -
head -c 1000000 /dev/zero | tr '\0' '[' >b.jsonl
refuses 3 'b.jsonl:1: expected one JSON object a line, found a list' cycles --batch b.jsonl
printf '%s\0\n' "$good" >b.jsonl
refuses 3 'b.jsonl:1: column 43: a NUL byte' cycles --batch b.jsonl

printf '1,1\n1,1,\n' >r.csv
refuses 3 'r.csv:2: column 3: the cell is empty' cycles --field 2 --registers r.csv
printf 'c0,c1\n' >r.csv
refuses 3 "r.csv:1: column 1: 'c0'" cycles --field 2 --registers r.csv
printf '1,1\n1,2\n' >r.csv
refuses 3 "r.csv:2: column 2: '2': expected an element of GF(2)" cycles --field 2 --registers r.csv

# A line that cannot be right is refused before all of it is read.
head -c 34000000 /dev/zero | tr '\0' 'a' >long
for command in 'cycles --batch long' 'cycles --field 2 --registers long' 'stream --pipelines long'; do
  # shellcheck disable=SC2086 # words
  refuses 3 'long:1: the line is longer than 33554432 bytes' $command --output x.h5
done
refuses 3 'long:1: the line is longer than 33554432 bytes' stream --pipeline 'csv("long") * discard' --output x.h5
{ printf '1' && head -c 2200000 /dev/zero | sed 's/\x0/,1/g'; } >r.csv
refuses 3 'r.csv:1: more than 1048576 cells' cycles --field 2 --registers r.csv
{ printf '{"field": 2, "coefficients": [' && cat r.csv && echo ']}'; } >b.jsonl
refuses 3 "b.jsonl:1: key 'coefficients': more than 1048576 elements" cycles --batch b.jsonl
{ printf '\xef\xbb\xbf' && echo "$good"; } >b.jsonl
run 0 cycles --batch b.jsonl --output bom.h5

if [[ -n $(ls gforbit-cycles.h5* 2>/dev/null) ]]; then fail 'refused input left a file'; fi
finish
