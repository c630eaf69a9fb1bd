#!/usr/bin/env bash
# Orbit indexes as people use them: writing, answers, checks, messages. index.sh PATH/TO/gforbit PATH/TO/check_index
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
check_index=$2

digest() { "$gforbit" summary --digest "$1"; }
# is_right FILE: both checks agree that nothing is wrong.
is_right() {
  run 0 verify "$1"
  prints 'nothing is wrong'
  if ! "$check_index" "$1" >out 2>err; then fail "check_index $1"; fi
}

# The results are the same with and without an index, whatever the method.
register=(cycles --field 2 --degree 22 --feedback 'x0 + x5 + x3*x9' --progress never)
run 0 "${register[@]}" --output plain.h5
run 0 "${register[@]}" --output a.h5 --index a.gfi
says "'a.gfi' has the index of 1 register, 260.6 KiB"
if [[ $(digest plain.h5) != $(digest a.h5) ]]; then fail 'an index changes the results'; fi
is_right a.gfi
run 0 cycles --field 2 --degree 24 --feedback 'x0 + x5 + x3*x9' --output ranges.h5 --index ranges.gfi --store-cycles 3
run 0 check ranges.h5
run 0 export ranges.h5 --table results/cycles --format csv
if (($(wc -l <out) != 4)); then fail '--store-cycles 3 with an index'; fi
run 0 verify ranges.gfi
prints 'nothing is wrong'
run 0 cycles --field 2 --degree 20 --feedback 'x0 + x10*x4 + x6' --output interleaved.h5 --index interleaved.gfi
is_right interleaved.gfi
run 0 cycles --field 3 --degree 12 --feedback 'x0 + x5 + 2*x3*x9^2' --output ternary.h5 --index ternary.gfi
is_right ternary.gfi
run 0 cycles --taps 16,14,13,11 --output linear.h5 --index linear.gfi
is_right linear.gfi
run 0 export linear.h5 --table results/registers --format csv
prints ',enumerated,completed,'
run 0 cycles --field 2 --degree 16 --feedback 'x0*x1 + x5 + x3*x9' --output singular.h5 --index singular.gfi
is_right singular.gfi

# A second mapping finds the same.
run 0 "${register[@]}" --output twice.h5 --double-check
says 'all enumerated registers were mapped twice'
if [[ $(digest plain.h5) != $(digest twice.h5) ]]; then fail 'a second mapping changes the results'; fi
run 0 check twice.h5
run 0 "${register[@]}" --output no.h5 --double-check --dry-run
prints 'enumerated twice'
misuses "'--double-check' needs enumeration" cycles --taps 16,14,13,11 --method algebraic --double-check --output no.h5

# Whether the memory has room for the segments of all registers until the end makes no difference.
for i in {3..22}; do
  echo "{\"field\": 2, \"degree\": 26, \"feedback\": \"x0 + x1*x2 + x$i\"}"
done >many.jsonl
run 0 cycles --batch many.jsonl --memory 16M --output many.h5 --index many.gfi
run 0 verify many.gfi
grep -o ': 67108864 states, [0-9]* segments' out | sort | uniq -c >tables
if (($(wc -l <tables) != 1)) || ! grep -q '^ *20 ' tables; then fail 'registers without segments have another index'; fi

# Rows that the index leaves out.
cat >rows.jsonl <<'END'
{"id": "in", "field": 2, "degree": 12, "feedback": "x0 + x1 + x5*x9"}
{"id": "same", "field": 2, "degree": 12, "feedback": "x0 + x1 + x5*x9", "index": false}
{"id": "linear", "taps": [16, 14, 13, 11], "index": false}
{"id": "too many states", "taps": [100, 63], "index": false}
{"id": "galois", "taps": [16, 14, 13, 11], "galois": true, "index": false}
END
run 0 cycles --batch rows.jsonl --output rows.h5 --index rows.gfi
says "'rows.gfi' has the index of 1 register"
is_right rows.gfi
run 0 locate rows.gfi --state 1
misuses "has no register 'same'" locate rows.gfi --register same --state 1
run 0 export rows.h5 --table results/registers --format csv
if (($(grep -c ',algebraic,completed,' out) != 3)); then fail 'rows without an index are not answered by algebra'; fi
refuses 3 "key 'index': this run writes no index: give --index FILE.gfi, or leave the key out" \
  cycles --batch <(echo '{"taps": [4, 3], "index": true}') --output no.h5

# Answers.
run 0 locate a.gfi --state 12345 --state 0x1f
prints '12345: cycle of 9, period 503333, position 109829'
prints '31: cycle of 1, period 3306940, position 1074206'
printf '0x1f\n\n1,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n' >states
run 0 locate a.gfi --states states --format csv
prints 'state,representative,period,position'
prints '31,1,3306940,1074206'
prints '9,9,503333,0'
input=states run 0 locate a.gfi --states - --format jsonl
prints '{"state": 9, "representative": 9, "period": 503333, "position": 0}'
run 0 locate a.gfi --state 1001000000000000000000 --as-bits
prints '1001000000000000000000: cycle of 1001000000000000000000, period 503333, position 0'
run 0 jump a.gfi 12345 1000
prints '249424'
run 0 jump a.gfi 12345 503333000000000000000000000000000001000
prints '249424'
run 0 jump a.gfi 12345 1000 --format jsonl
prints '{"from": 12345, "steps": "1000", "to": 249424}'
run 0 distance a.gfi 12345 249424
prints '1000 steps'
run 0 distance a.gfi 12345 31 --format jsonl
prints '{"from": 12345, "to": 31, "distance": null}'
run 0 locate singular.gfi --state 5 --format jsonl
prints '"distance": '
prints '"entry": '

# Walks: states, elements, packed bits; the stream job reads them.
run 0 orbit a.gfi 12345 --to 3
"$gforbit" jump a.gfi 12345 2 >last
if (($(wc -l <out) != 3)) || ! tail -n 1 out | cmp -s - last; then fail 'orbit and jump differ'; fi
run 0 orbit a.gfi 12345 --from 1000000000000 --to 1000000000002 --format csv
prints 'step,state'
prints "1000000000000,$("$gforbit" jump a.gfi 12345 1000000000000)"
run 0 orbit a.gfi 1001110000001100000000 --to 1 --format jsonl --as-bits
prints '{"step": 0, "state": "1001110000001100000000"}'
run 0 orbit a.gfi 9 --elements
if (($(tr -d '\n' <out | wc -c) != 503333)); then fail 'orbit: one period'; fi
head -n 1 out | cut -c 1-16 >digits
run 0 orbit a.gfi 9 --elements --format bits
if (($(wc -c <out) != 62917)); then fail 'orbit: packed bits'; fi
od -An -tx1 -N2 out | tr -d ' ' >hex
printf '%04x\n' "$((2#$(cat digits)))" | cmp -s - hex || fail 'orbit: the order of packed bits'
# The source of streams: the same sequence, from any step on, in parts, stopped and resumed.
source() { # source ARGUMENTS FILE
  run 0 stream --pipeline "orbit($1) * csv(\"$2\")" --output stream.h5 --force --quiet
}
source '"a.gfi", state=9, of=states, to=1000' states.csv
run 0 orbit a.gfi 9 --to 1000
tail -n +2 states.csv | cmp -s - out || fail 'the states of orbit in a stream'
source 'index="a.gfi", state="0x9", from=500000, register=1' elements.csv
run 0 orbit a.gfi 9 --from 500000 --elements
tail -n +2 elements.csv | tr -d '\n' >elements
tr -d '\n' <out | cmp -s - elements || fail 'the elements of orbit in a stream'
source '"ternary.gfi", state=1:2:0:0:0:0:0:0:0:0:0:0, from=7, to=5000' elements.csv
run 0 orbit ternary.gfi 7 --from 7 --to 5000 --elements
tail -n +2 elements.csv | cmp -s - out || fail 'the elements of orbit over GF(3) in a stream'
refuses 3 'orbit: '"'a.h5': it is no orbit index" stream --pipeline 'orbit("a.h5", state=1) * discard' --output no.h5
misuses "state: is missing" stream --pipeline 'orbit("a.gfi") * discard' --output no.h5
misuses "state: must be below 2^22" stream --pipeline 'orbit("a.gfi", state=4194304) * discard' --output no.h5
misuses "to: is less than from" stream --pipeline 'orbit("a.gfi", state=1, from=5, to=4) * discard' --output no.h5
refuses 3 "has no register 'z', but 1 register" stream --pipeline 'orbit("a.gfi", state=1, register=z) * discard' --output no.h5
misuses "the walk repeats a state after 503333 steps" stream --pipeline 'orbit("a.gfi", state=9, from=503333) * discard' --output no.h5

misuses 'give --elements' orbit a.gfi 9 --format bits
run 0 orbit singular.gfi 5 --format csv
after=$(($(wc -l <out) - 1))
misuses "'--from': the walk repeats a state after $after steps" orbit singular.gfi 5 --from "$after"
misuses "'--to' is less than '--from'" orbit a.gfi 9 --from 5 --to 4

misuses "'--seed' has no use without '--sample'" verify a.gfi --seed 5
run 0 verify a.gfi --sample 0.05
prints 'escapes this sample with probability 0.95'

# A system of registers.
cat >system.json <<'END'
{"field": 2, "registers": [{"name": "s", "length": 9, "feedback": "s0 + s4 + b1*b2"},
                           {"name": "b", "length": 11, "feedback": "b0 + b3*b5 + s2", "updates": {"4": "b5 + s0"}}]}
END
run 0 cycles --system system.json --output system.h5 --index system.gfi
run 0 verify system.gfi
prints 'nothing is wrong'
status=0
"$check_index" system.gfi >out 2>err || status=$?
if ((status != 2)); then fail "check_index of a system: $status"; fi
says 'not checked: the file has a system of registers'
run 0 locate system.gfi --state 777 --format jsonl
run 0 jump system.gfi 777 1000000
run 0 distance system.gfi 777 "$(cat out)"
prints ' step'

# Linear registers without an index: the same answers, and any degree.
for state in 1 44257 65535; do
  run 0 jump --taps 16,14,13,11 "$state" 123456789123456789
  cp out algebra
  run 0 jump linear.gfi "$state" 123456789123456789
  if ! cmp -s out algebra; then fail "jump from $state by algebra"; fi
done
run 0 jump --field 2 --polynomial 'x^521 + x^32 + 1' 12345 "$(printf '1%0100d' 0)" --format jsonl
prints '{"from": 12345, "steps": "1000'
order=6864797660130609714981900799081393217269435300143305409394463459185543183397656052122559640661454554977296311391480858037121987999716643812574028291115057151 # 2^521 - 1, the period
for steps in "$order" "${order}0" "00${order}00"; do
  run 0 jump --field 2 --polynomial 'x^521 + x^32 + 1' 1 "$steps"
  if [[ $(cat out) != 1 ]]; then fail "$steps steps, some times around"; fi
done
for state in 09 009; do
  run 0 jump --taps 16,14,13,11 "$state" 010
  cp out algebra
  run 0 jump linear.gfi "$state" 10
  if ! cmp -s out algebra; then fail 'numbers with leading zeros are decimal'; fi
done
run 0 jump --field 3 --coefficients 1,0,2 1,2,0 5 --format csv
prints '7,5,26'
run 0 jump --field 2 --polynomial x^5+x^2+1 --as-bits 10000 1
prints 00001
misuses "state '99' does not exist: the largest index is 31" jump --taps 5,3 99 1
misuses "'1,0' has 2 cells, and the register has 5" jump --taps 5,3 1,0 1
misuses 'for linear and affine registers' jump --field 2 --degree 4 --feedback 'x0 + x1*x2' 1 1
misuses 'in the form of Fibonacci' jump --taps 5,3 --galois 1 1
misuses 'missing argument N' jump --taps 5,3 1
misuses 'FILE.gfi and a register exclude each other' jump a.gfi 1 5 --taps 4,3

for state in 1 44257 65535 0; do
  run 0 locate --taps 16,14,13,11 --state "$state" --format csv
  cp out algebra
  run 0 locate linear.gfi --state "$state" --format csv
  if ! cmp -s out algebra; then fail "locate $state by algebra"; fi
  run 0 distance --taps 16,14,13,11 777 "$state"
  cp out algebra
  run 0 distance linear.gfi 777 "$state"
  if ! cmp -s out algebra; then fail "distance to $state by algebra"; fi
done
run 0 locate --field 3 --coefficients 0,0,1,2 --state 1 --state 0,0,2,1 --format jsonl
prints '{"state": 1, "representative": 0, "period": 1, "position": 0, "distance": 1, "entry": 0}'
printf '12345\n0x3039\n\n' >states
run 0 locate --taps 40,38,21,19 --states states
if (($(grep -c '12345: cycle of 1, ' out) != 2)); then fail 'locate of a file by algebra'; fi
echo 12x >bad
refuses 3 "bad:1: '12x' is no state" locate --taps 40,38,21,19 --states bad
run 0 locate --taps 40,38,21,19 --state 12345
prints '12345: cycle of 1, period 1099511627775, position 892266023386'
run 0 jump --taps 40,38,21,19 1 892266023386
prints 12345
run 0 locate --field 2 --polynomial 'x^1000 + 1' --state 12345
prints '12345: cycle of 12345, period 1000, position 0'
run 5 locate --field 2 --polynomial 'x^521 + x^32 + 1' --state 12345 --format csv
prints "12345,1,$order,"
says 'a prime factor of the period, takes too many steps'
run 5 distance --field 2 --polynomial 'x^521 + x^32 + 1' 1 12345
says 'no answer: a discrete logarithm modulo 6864'
run 5 distance --field 2 --polynomial 'x^61 + x^5 + x^2 + x + 1' 1 12345 --timeout 0.01
says "was not finished within 0.01 s: raise '--timeout'"
run 5 locate --field 2 --polynomial 'x^600 + x^5 + 1' --state 12345 --format jsonl
prints '"representative": null, "period": "949448568416070015188983751553655955", "position": null}'
run 5 locate --field 2 --polynomial 'x^600 + x^5 + 1' --state 12345
prints '12345: on a cycle whose smallest state is not known, period 949448568416070015188983751553655955, position not known'
misuses 'answers are for linear and affine registers, not for systems' locate --system system.json --state 1
misuses "unknown option '--timeout'" jump --taps 5,3 1 1 --timeout 1
misuses "unknown option '--timeout'" locate a.gfi --state 1 --timeout 1
run 0 locate --taps 5,3 --state 1 --threads 2
misuses "'--register' chooses a register of a file" distance --taps 5,3 1 2 --register a
misuses 'which state?' locate --taps 5,3
misuses 'FILE.gfi and a register exclude each other' locate a.gfi --taps 4,3 --state 1
misuses 'for linear and affine registers' distance --field 2 --degree 4 --feedback 'x0 + x1*x2' 1 1

# Fewer distinguished states; equal and different registers of a batch in one file.
run 0 "${register[@]}" --output few.h5 --index few.gfi --index-states 100
if (($(wc -c <few.gfi) > 8000)); then fail '--index-states 100 makes a large file'; fi
is_right few.gfi
run 0 locate few.gfi --state 12345
prints '12345: cycle of 9, period 503333, position 109829'
cat >batch.jsonl <<'END'
{"id": "a", "field": 2, "degree": 10, "feedback": "x0 + x3*x4"}
{"id": "b", "field": 5, "degree": 4, "feedback": "2*x0 + x1*x2"}
{"id": "c", "field": 2, "degree": 10, "feedback": "x3*x4 + x0"}
{"id": "d", "field": 2, "degree": 80, "feedback": "x3*x4 + x0"}
END
run 5 cycles --batch batch.jsonl --output batch.h5 --index batch.gfi
says "'batch.gfi' has the index of 3 registers"
is_right batch.gfi
run 0 verify batch.gfi
prints 'register c: the register and the tables of a'
run 0 locate batch.gfi --register c --state 77
cp out c
run 0 locate batch.gfi --register a --state 77
if ! cmp -s out c; then fail 'equal registers have different answers'; fi
misuses 'has 3 registers: choose one by --register ID, such as a' locate batch.gfi --state 77
misuses "has no register 'z'" locate batch.gfi --register z --state 77

# The plan.
run 0 "${register[@]}" --output no.h5 --index no.gfi --dry-run
prints 'index: 260.1 KiB, and 24 bytes for each cycle'
if [[ -e no.gfi ]]; then fail '--dry-run writes an index'; fi

# Files that are not to be replaced, or cannot be.
misuses "'a.gfi' exists: --force replaces it" "${register[@]}" --output b.h5 --index a.gfi
if [[ -e b.h5 ]]; then fail 'a result without its index'; fi
run 0 "${register[@]}" --output b.h5 --index a.gfi --force
is_right a.gfi
mkdir folder
refuses 4 'it exists and is not a regular file' "${register[@]}" --output c.h5 --index folder
refuses 4 'an index must be a regular file' "${register[@]}" --output c.h5 --index /dev/null
refuses 4 "there is no folder 'none'" "${register[@]}" --output c.h5 --index none/a.gfi
for index in c.h5 ./c.h5 "$PWD/c.h5" c.h5.lock; do
  misuses 'give the index another name' "${register[@]}" --output ./c.h5 --index "$index"
done
misuses "needs '--index'" "${register[@]}" --output c.h5 --index-states 5
misuses 'a Galois configuration is answered by algebra only' \
  cycles --taps 16,14,13,11 --galois --output c.h5 --index c.gfi
misuses "needs enumeration" cycles --taps 16,14,13,11 --method algebraic --output c.h5 --index c.gfi

# What is no state, and what is no index.
misuses "state '4194304' does not exist: the largest index is 4194303" locate a.gfi --state 4194304
misuses "state '99999999999999999999' does not exist: the largest index is 4194303" locate a.gfi --state 99999999999999999999
misuses "'1,0' has 2 cells, and the register has 22" jump a.gfi 1,0 5
misuses "'-1' is no state" distance a.gfi 1 -- -1
misuses 'which state?' locate a.gfi
echo 12x >bad
refuses 3 "bad:1: '12x' is no state" locate a.gfi --states bad
refuses 3 'it is no orbit index' locate a.h5 --state 1
refuses 3 'No such file' verify none.gfi
head -c 100000 a.gfi >cut.gfi
refuses 3 'it was cut' verify cut.gfi
{ head -c 150000 a.gfi && printf X && tail -c +150002 a.gfi; } >damaged.gfi
refuses 3 'are damaged (their checksum is wrong)' verify damaged.gfi

# A wrong table with right checksums: what is wrong is printed.
python3 - <<'END'
import struct

data = bytearray(open("a.gfi", "rb").read())
word = lambda at: struct.unpack("<Q", data[at : at + 8])[0]
data[word(word(32) + 64) + 8 * 100] ^= 1  # a position
table = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    table.append(n)


def crc(part):
    total = 0xFFFFFFFF
    for byte in part:
        total = total >> 8 ^ table[(total ^ byte) & 255]
    return struct.pack("<I", total ^ 0xFFFFFFFF)


end = word(40)
for block, at in enumerate(range(4096, end, 65536)):
    data[end + 4 * block : end + 4 * block + 4] = crc(data[at : min(end, at + 65536)])
data[48:52] = crc(data[end:])
data[4092:4096] = crc(data[:4092])
open("wrong.gfi", "wb").write(data)
END
run 3 verify wrong.gfi
prints 'register 1: WRONG: distinguished state '
says "'wrong.gfi': the index of 1 register is wrong"
if "$check_index" wrong.gfi >out 2>err; then fail 'check_index wrong.gfi'; fi

finish
