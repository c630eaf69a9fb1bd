#!/usr/bin/env bash
# Systems of registers: files of --system and lines of a batch, what they are told where they are wrong, and their results.
configs=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../configs/systems")
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

# system TEXT: the file a.json.
system() { printf '%s\n' "$1" >a.json; }
# wrong TEXT MESSAGE: the system is refused with that message, in a file and in a batch.
wrong() {
  system "$1"
  refuses 3 "a.json: $2" cycles --system a.json --output a.h5
  echo "{\"field\": 2, \"degree\": 3, \"feedback\": \"x0\"}" >b.jsonl
  printf '{"id": "x", "system": %s}\n' "$1" >>b.jsonl
  refuses 3 "b.jsonl:2: key 'system': $2" cycles --batch b.jsonl --output a.h5
}

wrong '[]' 'expected an object with the keys field and registers, found '
wrong '{"field": 2}' "key 'registers' is missing"
wrong '{"registers": []}' "key 'field' is missing"
wrong '{"field": 6, "registers": [{"name": "s", "length": 2, "feedback": "s0"}]}' 'field order 6 is not a prime power'
wrong '{"field": 2, "registers": []}' 'registers: the list is empty: give one at least'
wrong '{"field": 2, "registers": [], "outputs": "s0"}' "unknown key 'outputs'; did you mean 'output'?"
wrong '{"field": 2, "registers": [3]}' 'registers[0]: expected an object, found'
wrong '{"field": 2, "registers": [{"name": "s", "length": "2", "feedback": "s0"}]}' \
  "registers[0] 's': key 'length': expected a whole number, found"
wrong '{"field": 2, "registers": [{"name": "s", "length": 2, "feedback": "s0"}, {"name": "b", "length": 3, "feedback": "s2"}]}' \
  "registers[1] 'b': feedback, character 1: there is no cell s2"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0", "updates": {"s1": "s0"}}]}' \
  "registers[0] 's': key 'updates': 's1' is no number of a cell"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0", "updates": {"3": "s0"}}]}' \
  "registers[0] 's': updates: s3 is the top cell, whose update is the key feedback"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "taps": [3, 1]}]}' \
  "registers[0] 's': key 'taps': taps are from 1 to the length, 4, which is one of them"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "taps": []}]}' \
  "registers[0] 's': key 'taps': expected a list of integers, found an empty list"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0 + b1"}, {"name": "c", "length": 2, "feedback": "c0"}]}' \
  "registers[0] 's': feedback, character 6: there is no register b: the system has s, c"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0", "configuration": "galois"}]}' \
  "registers[0] 's': key 'configuration': \"galois\" says where the taps are, and there are none"
wrong '{"field": 3, "registers": [{"name": "s", "length": 4, "taps": [4, 1]}]}' "registers[0] 's': key 'taps': taps are"
wrong '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0", "configuration": "ring"}]}' \
  "registers[0] 's': key 'configuration': expected \"fibonacci\" or \"galois\", found 'ring'"
wrong '{"field": 2, "field": 2, "registers": []}' "key 'field': appears twice in one object"
system '{"field": 2, "registers": ['
refuses 3 'a.json: not valid JSON' cycles --system a.json --output a.h5
refuses 3 'none.json' cycles --system none.json --output a.h5
system '{"field": 2, "registers": [{"name": "s", "length": 4, "feedback": "s0"}]}'
misuses 'exclude each other' cycles --system a.json --field 2 --output a.h5
misuses 'give exactly one of' cycles --system a.json --taps 4,1 --output a.h5
echo '{"field": 2, "system": {"field": 2, "registers": [{"name": "s", "length": 2, "feedback": "s0"}]}}' >b.jsonl
refuses 3 "key 'field': a system says this itself" cycles --batch b.jsonl --output a.h5
echo '{"system": "a.json"}' >b.jsonl
refuses 3 "key 'system': expected an object with the keys field and registers, found 'a.json'" cycles --batch b.jsonl

# One register as a system is that register. A system is read again from the result file.
cycles_of() { "$gforbit" export "$1" --table results/cycles --format csv; }
run 0 cycles --field 2 --degree 15 --feedback 'x0 + x3 + x5*x9' --output r.h5
system '{"field": 2, "registers": [{"name": "s", "length": 15, "feedback": "s3 + s5*s9 + s0"}]}'
run 0 cycles --system a.json --output a.h5
run 0 check a.h5
if [[ $("$gforbit" summary --digest a.h5) != "$("$gforbit" summary --digest r.h5)" ]]; then
  fail 'a system of one register has other results'
fi
system '{"field": 2, "registers": [{"name": "s", "length": 9, "feedback": "b0 + s0"}, {"name": "b", "length": 9, "feedback": "s0"}]}'
run 0 cycles --system a.json --output a.h5 --force
"$gforbit" summary a.h5 --format json | python3 -c '
import json, sys
print(json.load(sys.stdin)["registers"][0]["feedback"])' >again.json
run 0 cycles --system again.json --output b.h5
if [[ $("$gforbit" summary --digest a.h5) != "$("$gforbit" summary --digest b.h5)" ]]; then
  fail 'the system of the result file has other results'
fi
input=a.json run 0 cycles --system - --output b.h5 --force
if [[ $("$gforbit" summary --digest a.h5) != "$("$gforbit" summary --digest b.h5)" ]]; then fail 'from standard input'; fi

# Whether it is a bijection depends on too many cells at once: that is said, and all else as well.
python3 - >t.json <<'END'
import json
names = ["n" + a + b for a in "abcdef" for b in "abcdef"]
cells = [name + "0" for name in names]
feedbacks = [f"{a} + {b}" for a, b in zip(cells, cells[1:] + cells[:1])]
feedbacks[0] += f" + {cells[1]}*{cells[2]}"
print(json.dumps({"field": 2, "registers": [{"name": n, "length": 1, "feedback": f} for n, f in zip(names, feedbacks)]}))
END
run 0 describe --system t.json
prints 'nonsingular       not decided: '
prints 'use fewer updates'

# Taps and updates, and a singular system with its basins, which a check computes again.
cat >b.jsonl <<'END'
{"id": "taps", "system": {"field": 2, "registers": [{"name": "c", "taps": [10, 7]}]}}
{"id": "galois", "system": {"field": 2, "registers": [{"name": "c", "length": 10, "configuration": "galois", "taps": [10, 7]}]}}
{"id": "updates", "system": {"field": 2, "registers": [{"name": "c", "length": 10, "feedback": "c0", "updates": {"6": "c7 + c0"}}]}}
{"id": "ternary", "priority": "high", "timeout": 60, "system": {"field": 3, "registers": [{"name": "s", "length": 4, "feedback": "s0 + 2*b1^2"}, {"name": "b", "length": 3, "feedback": "b0*s1 + s2"}]}}
END
run 0 cycles --batch b.jsonl --basins --output a.h5 --force
run 0 check a.h5
run 0 summary a.h5 --format json
python3 - out <<'END' || fail 'the rows of the batch are not as expected'
import json, sys
rows = json.load(open(sys.argv[1]))["registers"]
assert [r["nonsingular"] for r in rows] == [1, 1, 1, 0], rows
assert rows[0]["period_distribution"] == rows[1]["period_distribution"] == [["1", "1"], ["1023", "1"]]
assert rows[2]["coalesced_into"] == 1 and rows[1]["feedback"] == rows[2]["feedback"]
assert rows[0]["kind"] == "linear" and rows[3]["kind"] == "nonlinear"
END

# The rows as a batch again; what is for registers with one feedback says so.
run 0 export a.h5 --table results/registers --format batch
cp out again.jsonl
run 0 cycles --batch again.jsonl --basins --output b.h5 --force
if [[ $(cycles_of a.h5) != "$(cycles_of b.h5)" ]]; then fail 'the exported batch has other cycles'; fi
run 0 cycles --batch again.jsonl --index a.gfi --output c.h5
run 0 verify a.gfi
prints 'nothing is wrong'
refuses 3 'the search is for registers with one feedback' search --batch again.jsonl --output c.h5
run 0 cycles --system again.json --dry-run
prints '  system      {"field": 2, "registers": [{"name": "s", "length": 9, '
run 0 describe --system again.json
prints '  s8              s0 + b0'
prints 'nonsingular       yes'
prints 'similar register  x0 + x9'
system '{"field": 2, "registers": [{"name": "s", "length": 5, "feedback": "s0"}, {"name": "b", "length": 5, "feedback": "b0"}]}'
run 0 describe --system a.json
prints 'similar register  none: a factor of the polynomial has several powers'
misuses 'exclude each other (the file of a system says it)' describe --system again.json --field 2

# What cycles put out, against the definitions: the steps by hand, and the algorithm of Berlekamp and Massey over two periods.
cat >b.jsonl <<'END'
{"id": "output", "system": {"field": 3, "registers": [{"name": "s", "length": 4, "feedback": "s0 + 2*b1^2"}, {"name": "b", "length": 3, "feedback": "b0 + s2"}], "output": "s1*b0 + 2*b2"}}
{"id": "cell 0", "field": 3, "degree": 6, "feedback": "x0 + x1*x2 + 2"}
END
run 0 cycles --batch b.jsonl --sequences --output a.h5 --force
run 0 check a.h5
"$gforbit" export a.h5 --table results/cycles --format csv >cycles.csv
python3 - cycles.csv <<'END' || fail 'weights or linear complexities of the cycles are wrong'
import csv, itertools, sys

def complexity(s, q=3):
    c, b, length, m, last = [1], [1], 0, 1, 1
    for n in range(len(s)):
        d = sum(c[i] * s[n - i] for i in range(min(len(c), length + 1))) % q
        if d == 0:
            m += 1
            continue
        shifted = [0] * m + [-d * pow(last, -1, q) * x for x in b]
        longer = [(x + y) % q for x, y in itertools.zip_longest(c, shifted, fillvalue=0)]
        if 2 * length <= n:
            b, last, length, m = c, d, n + 1 - length, 1
        else:
            m += 1
        c = longer
    return length

def system(v):
    s, b = v[:4], v[4:]
    return s[1:] + [(s[0] + 2 * b[1] ** 2) % 3] + b[1:] + [(b[0] + s[2]) % 3], (s[1] * b[0] + 2 * b[2]) % 3

def register(v):
    return v[1:] + [(v[0] + v[1] * v[2] + 2) % 3], v[0]

rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 10, rows
for row in rows:
    step, cells = [(system, 7), (register, 6)][int(row["register"])]
    state, out = [int(row["representative"]) // 3**i % 3 for i in range(cells)], []
    for _ in range(int(row["period"])):
        state, value = step(state)
        out.append(value)
    assert int(row["output_weight"]) == sum(x != 0 for x in out), row
    assert len(out) > 1000 or int(row["linear_complexity"]) == complexity(out + out), row
END
# Beyond the limits there is -1; large registers say the same as small ones.
run 0 cycles --field 2 --degree 24 --feedback 'x0 + x1 + x3 + x4' --method enumerate --sequences --output b.h5 --force
run 0 export b.h5 --table results/cycles
prints '0,1,16777215,8388608,-1'
# The output as a stream: around a cycle twice; the same with more cells than fit an index.
run 0 stream --pipeline "system(\"$configs/espresso24.json\", state=269, length=2424) * aggregate(n=count(), ones=sum(value)) * csv(\"ones.csv\")" --output s.h5
if [[ $(tail -n 1 ones.csv) != *2424,1252 ]]; then fail "other ones: $(<ones.csv)"; fi
system '{"field": 2, "registers": [{"name": "s", "length": 7, "feedback": "s0 + s1"}, {"name": "b", "length": 70, "feedback": "b0 + s0"}], "output": "b0 + b3*s2"}'
sed 's/70/50/; s/b0 + s0/b0 + s0/' a.json >c.json
run 0 stream --pipeline 'system("a.json", state="0x5", length=50) * csv("long.csv")' --output s.h5 --force
run 0 stream --pipeline 'system("c.json", state=5, length=50) * csv("short.csv")' --output s.h5 --force
head -n 40 long.csv >long
head -n 40 short.csv | cmp -s - long || fail 'a system with more states than fit an index puts out something else'
misuses 'state: must be below 2^57' stream --pipeline 'system("c.json", state="0x200000000000000") * discard'
misuses 'state: has 2 cells, and the register 57' stream --pipeline 'system("c.json", state=1:0) * discard'
misuses "file: cannot read 'none.json'" stream --pipeline 'system("none.json") * discard'
echo '{"field": 2, "registers": []}' >a.json
misuses 'file: a.json: registers: the list is empty' stream --pipeline 'system("a.json") * discard'
misuses 'not from standard input' stream --pipeline 'system("-") * discard'

# An affine system by algebra, and enumerated: the same periods.
system '{"field": 2, "registers": [{"name": "s", "length": 5, "feedback": "s0 + s1 + 1"}, {"name": "b", "length": 6, "feedback": "s0 + b0 + b1", "updates": {"2": "b3 + s1 + 1"}}]}'
run 0 cycles --system a.json --verify --output a.h5 --force
run 0 check a.h5
run 0 cycles --system a.json --dry-run
prints 'algebraic, no states visited'
run 0 describe --system a.json
prints 'kind              affine'
prints 'polynomial        '
finish
