#!/usr/bin/env bash
# Registers in the notations of data sheets, papers and tools: one register has one digest, and is said back.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

# digest ARGUMENT...: of the results of these options.
digest() {
  run 0 cycles "$@" --output a.h5 --force --quiet
  "$gforbit" summary --digest a.h5
}
# same DIGEST ARGUMENT...: another notation of the same register.
same() {
  local expected=$1
  shift
  if [[ $(digest "$@") != "$expected" ]]; then fail "gforbit cycles $*: another digest"; fi
}

native=$(digest --field 2 --coefficients 1,0,1,1,0,1,0,0,0,0,0,0,0,0,0,0)
same "$native" --taps 16,14,13,11
same "$native" --polynomial 0x1002D
same "$native" --field 2 --polynomial 'x^16 + x^5 + x^3 + x^2 + 1'
same "$native" --field 2 --polynomial 'x^16 + x^14 + x^13 + x^11 + 1' --reciprocal
same "$native" --galois --mask 0xB400
same "$native" --galois --mask 0x002D --shift left
same "$native" --field 'GF(2)' --degree 16 --feedback "x[0] xor x2 + x3 - x5 + x15 - x15"

# A product of complements that has too many monomials is said back, mapped and checked as it is.
complements=$(printf '*(1+x%d)' {1..17})
native="x0 + x3 + ${complements:1}"
run 0 cycles --field 2 --degree auto --feedback "x0 + x3 + !($(printf ' | x%d' {1..17} | cut -c4-))" --output a.h5 --force --quiet
run 0 check a.h5
run 0 export a.h5 --table results/registers
prints "$native"
same "$("$gforbit" summary --digest a.h5)" --field 2 --degree 18 --feedback "$native"
run 0 describe --field 2 --degree 18 --feedback "$native"
prints 'normal form       not multiplied out; 3 products of cells and complements'
prints 'nonsingular       yes'

run 0 cycles --taps 16,14,13,11 --dry-run
prints 'feedback    x0 + x2 + x3 + x5'
prints 'polynomial  x^16 + x^5 + x^3 + x^2 + 1'
prints 'reciprocal  x^16 + x^14 + x^13 + x^11 + 1'
prints 'taps        16,14,13,11'
prints 'Galois mask 0xB400 (right shift), 0x002D (left shift)'
run 0 cycles --taps 16,14,13,11 --output a.h5 --force --quiet
run 0 summary a.h5
prints 'taps             16,14,13,11'

native=$(digest --field 2 --degree 8 --feedback 'x0 + x1 + x6 + x2*x4')
printf '0,1,6,(2,4)\n' >list
same "$native" --registers list --field 2 --degree 8
same "$native" --registers list --format dubrova --degree 8
same "$native" --field 2 --degree 8 --feedback 'x0^3 + (x1 xor x6) + (x2 & x4)'
printf '{"field": 2, "degree": 8, "feedback": "x0+x1+x6+(x2 and x4)"}\n' >batch.jsonl
same "$native" --batch batch.jsonl
printf 'x0 + x1 + x6 + x2*x4\n' >expressions
"$gforbit" cycles --field 2 --degree 8 --registers - --output a.h5 --force --quiet <expressions
if [[ $("$gforbit" summary --digest a.h5) != "$native" ]]; then fail 'registers from standard input'; fi
printf '{"8": {"3,1": {"nlfsr_count": 1, "functions": [\n[[0], [1], [6], [2, 4]]\n]}}}\n' >set.json
run 0 cycles --registers set.json --format waifi --output a.h5 --force --quiet
run 0 export a.h5 --table results/registers
prints '"n8/3,1/0"'

native=$(digest --field 3 --coefficients 1,1)
same "$native" --field 3 --polynomial 'x^2 - x - 1'
native=$(digest --field 2 --degree 4 --feedback 'x0 + x1 + 1')
same "$native" --taps 4,3 --xnor

run 0 summary a.h5
run 0 describe --taps 16,14,13,11
prints 'nonsingular       yes'
run 0 describe --field 2 --coefficients 0,0,1,1
prints 'note              x0 is not in the feedback'
prints 'did you mean the coefficients 1,1,0,0'
run 0 describe --field 2 --degree auto --feedback 'x0 + maj(x1, x2, x4)'
prints 'feedback          x0 + x1*x2 + x1*x4 + x2*x4'
run 0 synthesize --sequence 0,0,0,1,0,0,1,1,0,1,0,1
prints 'taps              4,3'
prints 'unique            yes'
printf '0,1,1,2\n0 2 2 1\n' >sequence
run 0 synthesize --field 3 --bits sequence
prints 'coefficients      1,1'

refuses 2 'a Galois configuration is answered by algebra only' cycles --galois --taps 4,3 --method enumerate
refuses 2 "'--taps': tap 0 is not in" cycles --taps 4,0
refuses 2 "'^1' is a power here" cycles --field 2 --degree 2 --feedback 'x0 ^ 1'
refuses 3 'list: lists of cells do not say the number of cells: give --degree' cycles --registers list --field 2
refuses 2 "found '⊕': write '+' or 'xor'" cycles --field 2 --degree 2 --feedback 'x0 ⊕ x1'
misuses 'give exactly one of --sequence and --bits' synthesize
misuses 'give exactly one of --coefficients, --feedback, --polynomial, --taps, --mask and --system; none is given' describe
refuses 3 "'sequence', byte 7: '2' is not an element of GF(2)" synthesize --bits sequence

# A plan is not measured for longer than people wait: 513 terms of up to 18 cells, whose steps take a hundred times as long as those
# of a few.
long='x0'
factors='(x1 + x10*x20)'
for i in {2..9}; do factors="$factors*(x$i + x1$i*x2$i)"; done
run 0 describe --field 2 --degree 30 --feedback "$long + ${factors//x19/x18}"
prints '513 monomials'
# Conversions: what is written is read again as the same register. converts FORM TEXT ARGUMENT...: this line is written.
converts() {
  local form=$1 text=$2
  shift 2
  run 0 convert "$@" --to "$form"
  if [[ $(<out) != "$text" ]]; then fail "$what: expected $text"; fi
}
native=$(digest --taps 16,14,13,11)
for form in feedback fibonacci coefficients polynomial taps table mask left-mask; do
  run 0 convert --taps 16,14,13,11 --to "$form"
  mapfile -t again < <(xargs printf '%s\n' <out)
  same "$native" "${again[@]}"
  run 0 convert "${again[@]}" --to taps
  prints '--field 2 --taps 16,14,13,11'
  run 0 convert --taps 16,14,13,11 --to "$form" --format batch
  cp out batch.jsonl
  same "$native" --batch batch.jsonl
done
converts polynomial "--field 3 --polynomial 'x^4 + x + 2'" --field 3 --coefficients 1,2,0,0
converts polynomial "--field 4 --modulus 1,1,1 --polynomial 'x^2 + x + 2'" --field 4 --coefficients 2,1
converts taps '--field 2 --taps 3,1 --xnor' --field 2 --degree 3 --feedback 'x0 + x2 + 1'
converts table "--field 2 --degree 5 --feedback 'table(0x96, x0, x1, x4)'" --field 2 --degree 5 --feedback 'x0 + x1 + x4'
converts table "--field 2 --degree 2 --feedback 'table(0x3, x0)'" --field 2 --degree 2 --feedback '1'
converts feedback "--field 2 --degree 6 --feedback 'x0 + x1*x2 + x1*x5 + x2*x5'" \
  --field 2 --degree 6 --feedback 'x0 + maj(x1, x2, x5)'
converts galois '{"field":2,"registers":[{"name":"g","length":4,"feedback":"g0","updates":{"2":"g0 + g3"}}]}' --taps 4,3
# Both configurations have one state graph, and the way back is the way there.
run 0 convert --field 2 --degree 12 --feedback 'x0 + x1 + x4 + x6*x8 + x5*x7' --to galois
cp out g.json
prints '"updates":{"5":"g6 + g0*g2","6":"g7 + g0*g2","7":"g0 + g8","10":"g0 + g11"}'
run 0 cycles --system g.json --output g.h5
run 0 cycles --field 2 --degree 12 --feedback 'x0 + x1 + x4 + x6*x8 + x5*x7' --output f.h5
periods() { "$gforbit" export "$1" --table results/period_distribution --format csv; }
if [[ $(periods g.h5) != "$(periods f.h5)" ]]; then fail 'the Galois configuration has other periods'; fi
converts feedback "--field 2 --degree 12 --feedback 'x0 + x1 + x4 + x5*x7 + x6*x8'" --system g.json
run 0 convert --system g.json --to fibonacci --format map
prints 'x8 = g0 + g8 + g1*g3 + g2*g4'
run 0 convert --field 2 --degree 5 --feedback 'x0 + x1 + x2*x3' --to galois --format json
python3 - out <<'END' || fail 'the JSON of a conversion is not as expected'
import json, sys
all = json.load(open(sys.argv[1]))
assert list(all) == ["register", "map", "inverse"], all  # no matrix: the map is not linear
assert all["register"]["system"]["registers"][0]["updates"] == {"2": "g3 + g0*g1", "3": "g0 + g4"}, all
assert all["map"]["g4"] == "x0 + x4 + x1*x2" and all["inverse"]["x3"] == "g3 + g0*g1", all
END
run 0 convert --galois --mask 0xC --to fibonacci --format json
prints '"matrix":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[1,0,0,1]]'
# A linear system of two registers, with an output.
printf '{"field": 2, "registers": [{"name": "s", "length": 2, "feedback": "s0 + s1"}, {"name": "b", "length": 3, "feedback": "b0 + b1"}], "output": "s1 + b2"}\n' >s.json
converts feedback '{"field":2,"registers":[{"name":"x","length":5,"feedback":"x0 + x4"}],"output":"x0"}' --system s.json
refuses 3 'the system has an output, which only a system can have' convert --system s.json --to taps
printf '{"field": 2, "registers": [{"name": "s", "length": 2, "feedback": "s0 + s1"}, {"name": "b", "length": 2, "feedback": "b0 + b1"}]}\n' >s.json
refuses 3 'the factor x^2 + x + 1 of its polynomial has several powers' convert --system s.json --to feedback
printf '{"field": 2, "registers": [{"name": "s", "length": 2, "feedback": "s0*s1"}, {"name": "b", "length": 2, "feedback": "b0"}]}\n' >s.json
refuses 3 'the system has 2 registers' convert --system s.json --to feedback
refuses 3 'its forms are feedback, table and galois' convert --field 2 --degree 3 --feedback 'x0 + x1*x2' --to taps
refuses 3 'its forms are feedback, table and galois' convert --field 2 --degree 3 --feedback 'x0 + x0*x2' --to mask
refuses 3 'no other Galois configuration' convert --field 2 --degree 3 --feedback 'x0 + x0*x2' --to galois
refuses 3 'x0 is not in the feedback' convert --field 2 --degree 3 --feedback 'x1' --to taps
refuses 3 'taps are a form of registers over GF(2)' convert --field 3 --coefficients 1,2 --to taps
refuses 3 'the feedback has a constant' convert --field 3 --degree 2 --feedback 'x0 + 1' --to coefficients
refuses 3 'terminal cell 1: expected a cell from 2 to 11' \
  convert --field 2 --degree 12 --feedback 'x0 + x1*x3' --to galois --terminal 1
misuses 'tap 0 is not in 1..1048576' convert --taps 0 --to table
misuses 'tap 0 is not in 1..1048576' describe --taps 0
misuses 'tap 0 is not in 1..1048576' cycles --taps 0 --output a.h5
misuses "give '--to'" convert --taps 4,3
misuses "'--terminal' needs '--to galois'" convert --taps 4,3 --to taps --terminal 2
misuses 'exclude each other (the file of a system says it)' convert --system g.json --field 2 --to feedback
finish
