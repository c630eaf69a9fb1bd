#!/usr/bin/env bash
# The stream job as people use it: results that do not depend on threads, files, errors, limits, restarts.
# stream.sh PATH/TO/gforbit SOURCES
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
ln -s "$2/configs" configs

same_digest() { # same_digest A.h5 B.h5
  if [[ $("$gforbit" summary --digest "$1") != $("$gforbit" summary --digest "$2") ]]; then fail "digests of $1 and $2 differ"; fi
}

same_rows() { # same_rows A.h5 B.h5: of results/t
  if ! cmp -s <("$gforbit" export "$1" --table results/t) <("$gforbit" export "$2" --table results/t); then fail "rows of $1 and $2 differ"; fi
}

# The shipped example; threads, batches and edges leave no trace.
run 0 stream --config configs/stream/demo.ini --output a.h5
says 'bottleneck: term'
run 0 check a.h5
prints 'a.h5: valid'
run 0 summary a.h5
prints '1 completed'
prints 'results/stats'
run 0 export a.h5 --table runtime/terms
prints '0,14,engine,'
run 0 export a.h5 --table results/stats
prints 'pipeline,index,statistic,value,p_value,n'
prints '0,65535,frequency,'
run 0 stream --config configs/stream/demo.ini --output b.h5 --threads 3 --batch-items 7 --edge-capacity 2
same_digest a.h5 b.h5

# A batch with everything: sources and sinks of files, a failure, a limit.
printf 'id,name,x\n1,a,0.5\n2,"b, c",1\n3,d,2.5\n' >in.csv
cat >batch.jsonl <<'END'
{"id": "csv", "pipeline": "csv('in.csv') * filter(x >= 1) * (jsonl('out.jsonl') | csv('out.csv') | table(rows))"}
{"id": "back", "pipeline": "hdf5('a.h5', table='results/stats') * filter(p_value < 2) * aggregate(n=count()) * table(counted)"}
{"id": "bad", "pipeline": "register(field=2, coefficients=1:1, length=300) * window(100) * longest_run * table(runs)"}
{"id": "endless", "pipeline": "range() * discard", "timeout": 0.3, "priority": "high"}
END
run 5 stream --pipelines batch.jsonl --output c.h5
says "pipeline bad: term 'longest_run', item 99: longest_run needs at least 128 bits"
says 'pipeline endless: its time of 0.3 s is over'
run 0 check c.h5
run 0 summary c.h5
prints '2 completed, 1 timed_out, 1 failed'
run 0 export c.h5 --table results/rows
prints '0,1,2,"b, c",1'
printf 'id,name,x\n2,"b, c",1\n3,d,2.5\n' >expected.csv
cmp -s expected.csv out.csv || fail 'out.csv is not as expected'
[[ $(head -n 1 out.jsonl) == '{"id": 2, "name": "b, c", "x": 1.0}' ]] || fail 'out.jsonl is not as expected'
misuses "'./d.h5' is the output of this run" stream --pipeline 'range(3) * csv("./d.h5")' --output d.h5
misuses "'./d.csv' is written by another sink of this pipeline" stream --pipeline 'range(3) * (csv("d.csv") | csv("./d.csv"))'
refuses 2 "'out.csv' exists" stream --pipelines batch.jsonl --output d.h5
run 5 stream --pipelines batch.jsonl --output c.h5 --force --on-error dead-letter
run 0 export c.h5 --table results/dead_letters
prints '2,199,longest_run,longest_run needs at least 128 bits'

# The parts of a batch make the whole.
rm out.csv out.jsonl
run 5 stream --pipelines batch.jsonl --output whole.h5
rm out.csv out.jsonl
run 0 stream --pipelines batch.jsonl --output part-1.h5 --part 1/2
run 5 stream --pipelines batch.jsonl --output part-2.h5 --part 2/2
run 0 merge part-2.h5 part-1.h5 --output all.h5
same_digest whole.h5 all.h5
run 0 check all.h5

# Enough pipelines are complete: the rest is cancelled, which is what was asked for.
printf '{"pipeline": "range(10) * table(t)", "priority": "high"}\n{"pipeline": "range() * table(t)"}\n' >goal.jsonl
run 0 stream --pipelines goal.jsonl --output g.h5 --stop-after 1
run 0 summary g.h5
prints '1 completed, 1 cancelled'
run 0 stream --pipeline 'range(1e5) * map(t="text") * (filter(value > 99990) | map(t=t)) * latest * table(t)' \
  --output m.h5 --memory 4M
run 5 stream --pipeline 'range(1e6) * map(t="text") * (filter(value > 999990) | map(t=t)) * zip * table(t)' \
  --output m.h5 --memory 4M --force
says 'items ahead of another'
run 5 stream --pipeline 'range(1e6) * (filter(value > 999990) | map(y=value)) * zip * table(t)' --output m.h5 --memory 4M --force
says 'items ahead of another'

# Equal pipelines run once, as urgently as the most urgent of them, and each has its rows.
cat >equal.jsonl <<'END'
{"id": "a", "pipeline": "range(3) * (print(p) * discard | table(t))"}
{"id": "other", "pipeline": "range(2) * map(value=-value) * table(t)"}
{"id": "b", "pipeline": "range(3) * (print(p) * discard | table(t))", "priority": "critical"}
{"id": "limited", "pipeline": "range() * discard", "timeout": 0.2}
{"id": "limited too", "pipeline": "range() * discard", "timeout": 0.2}
{"id": "c", "pipeline": "range(3) * (print(p) * discard | table(t))", "timeout": 60}
END
run 5 stream --pipelines equal.jsonl --output equal.h5
says '6 items: 3 completed, 0 failed, 1 timed out, 0 cancelled, 2 coalesced, 0 pending'
[[ $(grep -c 'p 2: "value": 2' out) == 3 ]] || fail 'print does not print for each of the equal pipelines'
run 0 check equal.h5
run 0 export equal.h5 --table results/pipelines
prints 'b,range(3) * (print(p) * discard | table(t)),completed,,0'
prints 'limited too,range() * discard,timed_out,its time of 0.2 s is over,3'
prints 'c,range(3) * (print(p) * discard | table(t)),completed,,-1'
run 0 export equal.h5 --table results/t
tr '\n' ' ' <out | grep -q '0,0,0 0,1,1 0,2,2 1,0,0 1,1,-1 2,0,0 2,1,1 2,2,2 5,0,0 5,1,1 5,2,2' || fail 'not all equal pipelines have their rows'
run 0 stream --pipelines equal.jsonl --output equal-1.h5 --part 1/3
run 5 stream --pipelines equal.jsonl --output equal-2.h5 --part 2/3
run 5 stream --pipelines equal.jsonl --output equal-3.h5 --part 3/3
run 0 merge equal-1.h5 equal-2.h5 equal-3.h5 --output equal-all.h5
same_digest equal.h5 equal-all.h5
run 5 stream --pipelines equal.jsonl --output each.h5 --coalesce off
says '6 items: 4 completed, 0 failed, 2 timed out, 0 cancelled, 0 coalesced, 0 pending'

# print is standard output.
run 0 stream --pipeline 'range(2) * print(n) * discard' --output p.h5
prints 'n 1: "value": 1'

# Stopped and resumed, the result is that of one run.
whole='register(field=2, feedback="x0 + x1*x2 + x5", degree=20, length=4e7) * window(1e5) * frequency * table(t)'
run 0 stream --pipeline "$whole" --output e.h5
run 75 stream --pipeline "$whole" --output f.h5 --wall-limit 1s
says '--resume continues'
run 0 check f.h5
prints 'incomplete'
run 3 stream --pipeline 'range(1) * discard' --output f.h5 --resume
says "belongs to another problem (pipeline: "
run 0 stream --pipeline "$whole" --output f.h5 --resume --threads 1
same_digest e.h5 f.h5
if [[ -e f.h5.ckpt ]]; then fail 'the checkpoint is still there'; fi

misuses "missing '--pipeline' or '--pipelines'" stream
misuses "exclude each other" stream --pipeline 'range(1) * discard' --pipelines batch.jsonl
misuses "'--part 1/2': the batch has 1 pipeline only" stream --pipeline 'range(1) * discard' --part 1/2
misuses "'--coalesce': 'equivalent' is only available for gforbit cycles" stream --pipeline 'range(1) * discard' --coalesce equivalent
misuses "character 13: there is no term 'fliter'; did you mean 'filter'?" stream --pipeline 'range(10) * fliter(x) * discard'
misuses "what comes out of 'map' goes nowhere" stream --pipeline 'range(10) * map(y=1)'
misuses "the name 'row' has a meaning in every table" stream --pipeline 'range(1) * map(row=1) * table(t)'
misuses 'must be below 2^3' stream --pipeline 'register(field=2, coefficients=1:1:0, state=8) * discard'
printf 'a,b\n1,"x\0y"\n2,z\n' >zero.csv
run 5 stream --pipeline 'csv("zero.csv") * table(t)' --output z.h5
says "contains a zero byte"
run 5 stream --pipeline 'csv("zero.csv") * table(t)' --output z.h5 --force --on-error skip
says '1 completed, 0 not; 1 item could not be processed'
run 0 summary z.h5
prints 'errors     1 item could not be processed and was left out'
run 0 check z.h5
# Lines that are wrong are items that cannot be done, the first ones of a file as well as later ones.
printf 'a,name\n1,x\n2,M\374ller,more\n3,M\374ller\n4,y\n' >wrong.csv
printf '[1]\n{"a": 1, "name": "x"}\n{"a": 2.5, "name": "M\374ller"}\n{"a": "4", "name": "y"}\n{"a": 5}\n{"a": {}, "name": ""}\n{"a": 7, "name": "z"}\n' >wrong.jsonl
run 5 stream --pipeline 'csv("wrong.csv") * table(t)' --output w.h5
says "term 'csv', item 1: wrong.csv:3: byte 4 of the line"
for format in csv jsonl; do
  run 5 stream --pipeline "$format('wrong.$format') * table(t)" --output w.h5 --force --on-error skip
  run 0 check w.h5
  run 5 stream --pipeline "$format('wrong.$format') * table(t)" --output w.h5 --force --on-error dead-letter
  run 0 export w.h5 --table results/t
  cp out "$format.rows"
  run 0 export w.h5 --table results/dead_letters
  prints 'byte '
  prints 'of the line, 0xfc, is no UTF-8: convert the file ('
  prints ', or leave such lines out by --on-error skip'
done
[[ $(cat csv.rows) == $'pipeline,index,a,name\n0,0,1,x\n0,3,4,y' ]] || fail 'the right rows of wrong.csv'
[[ $(cat jsonl.rows) == $'pipeline,index,a,name\n0,1,1,x\n0,4,5,\n0,6,7,z' ]] || fail 'the right rows of wrong.jsonl'
prints "0,3,jsonl,wrong.jsonl:4: key 'a' is no int64,\"{\"\"a\"\": \"\"4\"\", \"\"name\"\": \"\"y\"\"}\""
prints "0,5,jsonl,wrong.jsonl:6: key 'a' is no int64"
printf 'a,M\374ller\n1,2\n' >head.csv
refuses 3 'head.csv:1: byte 4 of the line, 0xfc, is no UTF-8' stream --pipeline 'csv("head.csv") * discard'
misuses 'byte 19 is no UTF-8' stream --pipeline $'range(1) * map(t="\374") * discard'
for source in 'csv("/dev/zero")' 'jsonl("/dev/zero")' 'follow("/dev/zero")' 'bits("/dev/zero")'; do
  refuses 3 "'/dev/zero' is a device, which may have no end: pass" stream --pipeline "$source * take(1) * discard"
done
status=0
"$gforbit" stream --pipeline 'bits("-") * take(1) * discard' </dev/zero >out 2>err || status=$?
what='zeros without an end'
((status == 3)) || fail "$what: exit status $status"
says 'standard input is a device, which may have no end'
refuses 3 'the file is empty' stream --pipeline 'csv("/dev/null") * discard'
printf '{"pipeline": "range(1) * discard", "prority": "high"}\n' >wrong.jsonl
refuses 3 "wrong.jsonl:1: unknown key 'prority'; did you mean 'priority'?" stream --pipelines wrong.jsonl
printf '{"pipeline": "range(1) * table(t)"}\n{"pipeline": "range(1) * rename(y=value) * table(t)"}\n' >wrong.jsonl
refuses 3 "wrong.jsonl:2: table(t): has (y: int64) here, but (value: int64) in pipeline '1'" stream --pipelines wrong.jsonl
misuses "'-' is no name of a file: write \"/dev/stdout\"" stream --pipeline 'range(1) * csv("-")'

# Rows on standard output and error, whatever they are.
for place in stdout stderr; do
  run 0 stream --pipeline "range(3) * csv('/dev/$place')" --output std.h5 --force --quiet
  [[ $(cat "${place#std}") == $'value\n0\n1\n2' ]] || fail "rows on /dev/$place"
done
[[ $("$gforbit" stream --pipeline 'range(3) * jsonl("/dev/stdout")' --output std.h5 --force --quiet | tail -n 1) == '{"value": 2}' ]] ||
  fail 'rows through a pipe'

# What is written is read: missing values, NaN and infinities, line breaks, quotation marks, large integers.
printf 'i,n,x,t,d\n1,18446744073709551615,inf,"a\n""b"", c",123456789012345678901234567890\n,0,,,-5\n-3,7,-inf,"",6\n' >all.csv
run 0 stream --pipeline "csv('all.csv') * (csv('again.csv') | jsonl('all.jsonl') | table(t))" --output every.h5
cmp -s all.csv again.csv || sed -i 's/^,0,nan,/,0,,/' again.csv
cmp -s all.csv again.csv || fail 'again.csv is not all.csv'
[[ $(sed -n 2p all.jsonl) == '{"i": null, "n": 0, "x": null, "t": null, "d": "-5"}' ]] || fail 'all.jsonl is not as expected'
run 0 stream --pipeline "jsonl('all.jsonl') * (jsonl('again.jsonl') | table(t))" --output again.h5
cmp -s all.jsonl again.jsonl || fail 'again.jsonl is not all.jsonl'
same_rows every.h5 again.h5
run 0 stream --dry-run --pipeline "hdf5('every.h5', table='results/t') * rename(p=pipeline, k=index) * table(t)"
prints 'p: uint64, k: uint64, i: int64, n: uint64, x: float64, t: text, d: text'
run 0 stream --pipeline "hdf5('every.h5', table='results/t') * select(i, n, x, t, d) * table(t)" --output back.h5
same_rows every.h5 back.h5
run 0 check every.h5

# Of a table the columns are read that are used; dead letters have all of them.
run 0 stream --pipeline "hdf5('every.h5', table='results/t') * filter(n > 0) * select(d, i) * csv('/dev/stdout')" --output some.h5 --quiet
[[ $(cat out) == $'d,i\n123456789012345678901234567890,1\n6,-3' ]] || fail 'some columns of every.h5 are not as expected'
run 5 stream --pipeline "hdf5('every.h5', table='results/t') * aggregate(s=sum(7 % (n - 7))) * discard" --on-error dead-letter --output some.h5 --force
run 0 export some.h5 --table results/dead_letters
prints 'division by zero,"{""pipeline"": 0, ""index"": 2, ""i"": -3, ""n"": 7'
printf '# made by hand\na;b;c\n 1;NA; x \n007;2.5;y\n' >other.csv
run 0 stream --pipeline "csv('other.csv', delimiter=';', comment='#', null='NA', blanks=trim, zeros=text) * csv('/dev/stdout')" --output o.h5 --quiet
[[ $(cat out) == $'a,b,c\n1,nan,x\n007,2.5,y' ]] || fail 'other.csv is not as expected'
run 0 stream --pipeline "csv('other.csv', delimiter=';', comment='#', header=none, types=(c1=text)) * take(1) * jsonl('/dev/stdout')" --output o.h5 --force --quiet
[[ $(cat out) == '{"c0": "a", "c1": "b", "c2": "c"}' ]] || fail 'other.csv without a header is not as expected'
misuses "types: 'int' is no type: int64, uint64, float64, text" stream --pipeline "csv('other.csv', types=(a=int)) * discard"

# Compressed files, standard input and pipes are read as files are.
gzip -k all.csv
zstd -q all.csv
mkfifo rows
for source in all.csv.gz all.csv.zst - /dev/stdin rows; do
  rm -f again.csv
  if [[ $source == rows ]]; then cat all.csv >rows & fi
  input=all.csv run 0 stream --pipeline "csv('$source') * csv('again.csv')" --output again.h5 --force --threads 3
  sed -i 's/^,0,nan,/,0,,/' again.csv
  cmp -s all.csv again.csv || fail "what was read from $source"
done
wait
head -c 60 all.csv.gz >short.csv.gz
head -c 60 all.csv.zst >short.csv.zst
cp all.csv plain.csv.gz
cp all.csv plain.csv.zst
refuses 3 "'short.csv.gz' is damaged or no file of gzip: it ends too early" stream --pipeline 'csv("short.csv.gz") * discard'
refuses 3 "'short.csv.zst' is damaged or no file of zstd: it ends too early" stream --pipeline 'csv("short.csv.zst") * discard'
refuses 3 "'plain.csv.gz' is damaged or no file of gzip" stream --pipeline 'csv("plain.csv.gz") * discard'
refuses 3 "'plain.csv.zst' is damaged or no file of zstd" stream --pipeline 'csv("plain.csv.zst") * discard'
misuses "'x.csv.gz': files are written without compression" stream --pipeline 'range(3) * csv("x.csv.gz")'
input=all.csv refuses 2 'standard input is read by two sources' stream --pipeline '(csv("-") | csv("/dev/stdin")) * discard'
echo '{"pipeline": "csv(\"-\") * discard"}' >itself.jsonl
input=itself.jsonl refuses 3 'standard input holds the pipelines' stream --pipelines -
piped=(stream --pipeline 'csv("-") * delay(0.5) * aggregate(s=sum(a)) * table(t)' --output piped.h5 --batch-items 1000)
seq 100000 | sed '1i a' >once.csv
seq 100001 | sed '1i a' >other.csv
input=once.csv run 75 "${piped[@]}" --wall-limit 1s
input=other.csv run 3 "${piped[@]}" --resume
says "belongs to another problem (contents of '-': sha256"
input=once.csv run 75 "${piped[@]}" --resume --wall-limit 1s

# Bits of files, in any notation, cut over ranks or not.
printf '\x01\xf0\x0f' >bits.bin
printf '0000 0001\n1111 0000\n00001111\n' >bits.txt
printf '01 F0\n0f' >bits.hex
for source in 'bits.bin' 'bits.txt", format="text' 'bits.hex", format="hex'; do
  run 0 stream --pipeline "bits(\"$source\") * window(24) * jsonl('/dev/stdout')" --output bits.h5 --force --quiet
  [[ $(cat out) == '{"value": "0,0,0,0,0,0,0,1,1,1,1,1,0,0,0,0,0,0,0,0,1,1,1,1"}' ]] || fail "the bits of $source"
  run 0 stream --pipeline "bits(\"$source\") * window(5) * flatten * csv('/dev/stdout')" --output bits.h5 --force --quiet --batch-items 3
  [[ $(tr -d '\n' <out) == value00000001111100000000 ]] || fail "the bits of $source in pieces of 3"
done
run 0 stream --pipeline 'bits("bits.bin", order=lsb) * take(9) * window(9) * jsonl("/dev/stdout")' --output bits.h5 --force --quiet
[[ $(cat out) == '{"value": "1,0,0,0,0,0,0,0,0"}' ]] || fail 'the bits with the least significant one first'
run 0 stream --dry-run --pipeline 'bits("bits.bin") * window(8) * frequency * discard'
prints '24 items, split over ranks at multiples of 8'
run 5 stream --pipeline 'bits("bits.hex", format=text) * discard' --output bits.h5 --force
says "'bits.hex': byte 4, 'F', is no binary digit"
refuses 3 "cannot read 'no.bin'" stream --pipeline 'bits("no.bin") * discard'
# Bits come from pipes and compressed files, too, and are written as they came.
gzip -k bits.bin
for source in 'bits.bin' '-' 'bits.bin.gz' 'bits.txt", format="text'; do
  input=bits.bin run 0 stream --pipeline "bits(\"$source\") * bits('copy.bin')" --output bits.h5 --force --quiet
  cmp bits.bin copy.bin || fail "the bits of $source, written"
  input=bits.bin run 0 stream --pipeline "bits(\"$source\") * window(7, last=keep) * bits('copy.bin')" --output bits.h5 --force --quiet --batch-items 1
  cmp bits.bin copy.bin || fail "the bits of $source, written as vectors"
done
run 0 stream --pipeline 'bits("bits.bin", order=lsb) * take(12) * bits("copy.bin", order=lsb)' --output bits.h5 --force --quiet
[[ $(od -An -tx1 copy.bin) == ' 01 00' ]] || fail 'the last byte is filled with zeros'
run 0 stream --pipeline 'bits("bits.bin") * bits("/dev/stdout")' --output bits.h5 --force --quiet
cmp bits.bin out || fail 'bits on standard output'
refuses 2 "'copy.bin' exists; --force replaces it" stream --pipeline 'bits("bits.bin") * bits("copy.bin")' --output new.h5
# A filter generator, and the function of Geffe.
run 0 stream --pipeline 'bits("bits.bin") * output("x0 + x2*x3 + 1") * csv("/dev/stdout")' --output bits.h5 --force --quiet
expected=111110011000111111001
[[ $(tail -n +2 out | tr -d '\n') == "$expected" ]] || fail "a filter generator: $(tail -n +2 out | tr -d '\n')"

# A file that grows is read as it grows, by whole records; a stopped run goes on where it was.
printf 'a,b\n1,x\n' >growing.csv
for i in 2 3; do
  printf '%s,"y' "$i"
  printf '\nz"\n'
done >>growing.csv &
run 0 stream --pipeline 'follow("growing.csv", idle=1e6) * take(3) * jsonl("/dev/stdout")' --output growing.h5 --quiet
[[ $(cat out) == '{"a": 1, "b": "x"}
{"a": 2, "b": "y\nz"}
{"a": 3, "b": "y\nz"}' ]] || fail 'a file that grows'
wait
printf '4' >>growing.csv # no whole record
run 0 stream --pipeline 'follow("growing.csv", idle=0) * aggregate(n=count(), s=sum(a)) * jsonl("/dev/stdout")' --output growing.h5 --force --quiet
[[ $(cat out) == '{"n": 3, "s": 6}' ]] || fail 'the end of a file that does not grow'
# Its end is found however many stretches the wait takes.
run 0 stream --pipeline 'follow("growing.csv", idle=1.1) * aggregate(n=count()) * jsonl("/dev/stdout")' --output growing.h5 --force --quiet --wall-limit 30s
[[ $(cat out) == '{"n": 3}' ]] || fail 'the end of a file that has not grown for more than a stretch'
growing=(stream --pipeline 'follow("growing.csv", idle=1e6, types=(a=text)) * take(5) * table(t)' --output grown.h5 --quiet)
run 75 "${growing[@]}" --wall-limit 1s
printf ',x\n5,5\n' >>growing.csv
run 0 "${growing[@]}" --resume
run 0 export grown.h5 --table results/t
[[ $(cut -d, -f3 out | tail -n 2 | tr '\n' ' ') == '4 5 ' ]] || fail 'a file that has grown while no run read it'
refuses 3 "'all.csv.gz' is no file that grows" stream --pipeline 'follow("all.csv.gz") * discard'
# Pipes and standard input are read as they are written, up to their end or to the last item that is wanted.
mkfifo live.csv
{
  printf 'a,b\n1,x\n2,y\n3,'
  printf 'z'
} >live.csv &
run 0 stream --pipeline 'follow("live.csv", idle=1e6) * jsonl("/dev/stdout")' --output live.h5 --quiet
[[ $(tail -n 1 out) == '{"a": 3, "b": "z"}' ]] || fail 'the end of a pipe that is followed'
wait
{ printf 'a\n1\n' && exec sleep infinity; } >live.csv &
writer=$!
run 0 stream --pipeline 'follow("live.csv", idle=1e6) * take(1) * jsonl("/dev/stdout")' --output live.h5 --force --quiet
[[ $(cat out) == '{"a": 1}' ]] || fail 'a pipe that nobody closes'
kill "$writer"
wait || true
seq 100000 | sed '1i a' >grown.csv
input=grown.csv run 0 stream --pipeline 'follow("-") * aggregate(n=count()) * jsonl("/dev/stdout")' --output live.h5 --force --quiet
[[ $(cat out) == "{\"n\": $(($(wc -l <grown.csv) - 1))}" ]] || fail "standard input that is followed: $(cat out)"
printf 'a,b\n' >empty.csv
refuses 3 "the first row of 'empty.csv' has no value in the column a: give its type" stream --pipeline 'follow("empty.csv") * discard'
run 0 stream --pipeline 'follow("empty.csv", idle=0, types=(a=int64, b=text)) * discard' --output growing.h5 --force --quiet

# The final report of many sequences.
run 0 stream --pipeline 'register(field=2, feedback="x0+x3+x5*x9+x1*x2", degree=31, length=120000) * window(2000) * (frequency | runs) * second_level * table(final)' --output final.h5 --quiet
run 0 summary final.h5
prints 'results/final: p-values in ten bins, their uniformity, proportion of sequences that pass'
prints '/60   frequency'
run 0 stream --pipeline 'constant(1, length=6000) * elements(field=2) * window(100) * frequency * second_level * table(final)' --output final.h5 --force --quiet
run 0 summary final.h5
prints '  60    0    0    0    0    0    0    0    0    0   0.000000*       0/60*  frequency'
# All pass, but not evenly: one star.
run 0 stream --pipeline 'register(field=2, degree=1, feedback="x0 + 1", length=6000) * window(100) * frequency * second_level * table(final)' --output final.h5 --force --quiet
run 0 summary final.h5
prints '   60   0.000000*      60/60   frequency'

# A file that changed is noticed when a run goes on.
seq 400000 | sed '1i a' >grows.csv
changes=(stream --pipeline 'csv("grows.csv") * delay(0.5) * aggregate(s=sum(a)) * table(t)' --output change.h5 --batch-items 1000)
run 75 "${changes[@]}" --wall-limit 1s
cp -p grows.csv as-it-was.csv
sed -i '$s/400000/400001/' grows.csv
run 3 "${changes[@]}" --resume
says "belongs to another problem (contents of 'grows.csv': 2688897 bytes"
cp -p as-it-was.csv grows.csv
touch -d '2020-01-01' grows.csv
run 3 "${changes[@]}" --resume
says "belongs to another problem (modification time of 'grows.csv'"

run 0 stream --help-expressions
prints 'coalesce(x, y, ...): the first one that is not missing'
run 0 stream --pipeline 'range(10) * discard' --dry-run
prints 'split over ranks'
# Columns may have any name, so a definition that is wrong is not taken for a misspelled argument.
misuses 'idle: expected a number of at least 0' stream --pipeline 'follow("all.csv", idle=-1) * discard'
misuses "'value' of input 1 is of vectors: flatten makes single elements of them" stream --pipeline '(constant(1) * elements(field=2) * (window(5) | window(5))) * xor * discard'
misuses 'over: expected an integer' stream --pipeline 'range(9) * running(total=sum(value), over=0) * discard'
misuses 'expected count()' stream --pipeline 'range(9) * running(total=foo(value)) * discard'
misuses 'running has no quantile' stream --pipeline 'range(9) * running(total=quantile(value, 0.5)) * discard'
misuses 'every: expected an integer' stream --pipeline 'range(9) * aggregate(total=sum(value), every=0) * discard'
# A zero byte has no place in a result.
printf '{"pipeline":"range(2) * map(t=\\"a\\u0000b\\") * table(g)"}\n' >zero.jsonl
refuses 3 "zero.jsonl:1: key 'pipeline': contains a zero byte" stream --pipelines zero.jsonl --output z.h5

finish
