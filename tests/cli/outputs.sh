#!/usr/bin/env bash
# Where outputs may lie: links are followed, devices and FIFOs are never replaced, and no output is one of the inputs.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

echo '{"field": 2, "coefficients": [1,0,0,1,0,0]}' >batch.jsonl
batch=(cycles --batch batch.jsonl --progress never)
register=(cycles --field 2 --coefficients '1,1' --progress never)
pipeline=(stream --progress never --pipeline)

# leads LINK FILE: LINK is a symbolic link still, and the file that it leads to is FILE, which is there.
leads() {
  if [[ ! -L $1 ]]; then fail "$what: the link $1 is replaced"; fi
  if [[ ! $1 -ef $2 ]]; then fail "$what: $1 does not lead to $2"; fi
}

# unchanged FILE: it is as keep FILE found it.
keep() { cp -- "$1" kept; }
unchanged() { cmp -s -- "$1" kept || fail "$what: $1 is changed"; }

# ---- links: relative, absolute, of links, dangling, to a file that exists
mkdir data
ln -s data/a.h5 a.h5
ln -s "$folder/a.h5" b.h5
for link in a.h5 b.h5; do
  run 0 "${register[@]}" --output "$link" --force
  leads "$link" data/a.h5
  run 0 check "$link"
done
run 2 "${register[@]}" --output a.h5
says "'a.h5' exists"
run 0 "${register[@]}" --output data/a.h5 --resume
says 'complete already'
run 0 "${register[@]}" --output a.h5 --resume
says 'complete already'
ln -s data/c.csv c.csv
run 0 "${pipeline[@]}" 'range(3) * csv("c.csv")' --output s.h5
leads c.csv data/c.csv
run 2 "${pipeline[@]}" 'range(3) * csv("c.csv")' --output t.h5
says "'c.csv' exists"
run 0 "${pipeline[@]}" 'range(4) * csv("c.csv")' --output s.h5 --force
leads c.csv data/c.csv
[[ $(wc -l <data/c.csv) == 5 ]] || fail "$what: the file that the link leads to is not written"
ln -s circle circle
run 4 "${register[@]}" --output circle --force
says 'form a circle'
ln -s nowhere/d.h5 d.h5
run 4 "${register[@]}" --output d.h5
says "'d.h5' (a link to 'nowhere/d.h5'): directory 'nowhere' does not exist"

# The checkpoint, the lock and the temporary file lie beside the file, not beside the link; a checkpoint may be a link itself.
ln -s data/e.h5 e.h5
ln -s checkpoint data/e.h5.ckpt
run 75 cycles --field 3 --degree 25 --feedback 'x0 + x1*x2^2' --progress never --output e.h5 --wall-limit 1
says "checkpoint 'data/checkpoint' saved"
leads e.h5 data/e.h5
leads data/e.h5.ckpt data/checkpoint
if [[ -e e.h5.ckpt ]]; then fail "$what: the checkpoint lies beside the link"; fi
run 75 cycles --field 3 --degree 25 --feedback 'x0 + x1*x2^2' --progress never --output data/e.h5 --wall-limit 1 --resume
says "resumed from 'data/checkpoint'"
leads data/e.h5.ckpt data/checkpoint

# Names that the run needs are links to somebody's files: these are neither followed nor emptied.
echo precious >precious
for ending in tmp lock; do
  ln -s precious "f.h5.$ending"
  run 4 "${register[@]}" --output f.h5
  says "'f.h5.$ending'"
  says 'move it away'
  leads "f.h5.$ending" precious
  rm "f.h5.$ending"
done
ln -s precious f.h5.ckpt.tmp
run 4 "${register[@]}" --output f.h5
says "'f.h5.ckpt.tmp'"
[[ $(<precious) == precious ]] || fail "$what: the file of a link is changed"

# ---- what is no regular file. Only things of this folder: were one replaced after all, nothing of the system would be.
mkfifo fifo
mkdir folder
special=(fifo folder)
if mknod null c 1 3 2>mknod.err; then special+=(null); else echo 'skipped: only root can make a device'; fi
for name in "${special[@]}"; do
  run 4 "${register[@]}" --output "$name" --force
  says 'is not a regular file'
done
refuses 4 "cannot write 'folder'" "${pipeline[@]}" 'range(3) * csv("folder")' --output s.h5 --force
to_fifo() { # to_fifo LINES SINK
  cat fifo >rows &
  reader=$!
  run 0 "${pipeline[@]}" "range(3) * $2" --output s.h5 --force
  wait "$reader"
  [[ $(wc -l <rows) == "$1" ]] || fail "$what: not all rows came out of the FIFO"
}
to_fifo 4 'csv("fifo")'
ln -s fifo link_to_fifo
to_fifo 3 'jsonl("link_to_fifo")'
[[ -L link_to_fifo && -p fifo && -d folder ]] || fail 'a link, a FIFO or a folder is replaced'
if [[ -e null ]]; then
  run 0 "${pipeline[@]}" 'range(3) * csv("null")' --output null.h5
  [[ -c null ]] || fail "$what: the device is replaced"
fi

# Standard output as the file of a sink: a pipe, and a file to which something was written before.
ln -s /proc/self/fd/1 stdout
for name in /dev/fd/1 /proc/self/fd/1 stdout; do
  what="csv(\"$name\")"
  "$gforbit" "${pipeline[@]}" "range(3) * csv(\"$name\")" --output s.h5 --force 2>err | cat >out
  [[ $(wc -l <out) == 4 ]] || fail "$what: not all rows on standard output"
done
what='standard output in a file'
{
  echo before
  "$gforbit" "${pipeline[@]}" 'range(2) * (print(p) * discard | csv("stdout"))' --output s.h5 --force 2>err
  echo after
} >out
[[ $(tr '\n' ' ' <out) == 'before p 0: "value": 0 p 1: "value": 1 value 0 1 after ' ]] || fail "$what: other lines"
"$gforbit" "${register[@]}" --output stdout --force >out 2>err && fail 'a result file on standard output'
says 'the standard output of this run'
[[ -L stdout ]] || fail "$what: the link is replaced"

# ---- no output is an input
same() { # same NAME: every way to call it
  ln -f "$1" hard
  ln -sf "$1" soft
  echo "$1 ./$1 $folder/$1 hard soft"
}
keep batch.jsonl
for name in $(same batch.jsonl); do
  misuses "it is 'batch.jsonl', which this run reads" "${batch[@]}" --output "$name" --force
  misuses "it is 'batch.jsonl', which this run reads" "${batch[@]}" --output "$name" --resume
  unchanged batch.jsonl
done
what='standard input'
# shellcheck disable=SC2094 # that is what must not happen
"$gforbit" cycles --batch - --output batch.jsonl --force <batch.jsonl >out 2>err && fail "$what: exit status 0"
says 'the standard input of this run'
unchanged batch.jsonl
what='standard error'
# shellcheck disable=SC2094
"$gforbit" "${register[@]}" --output err --force >out 2>err && fail "$what: exit status 0"
says 'the standard error of this run'
for ending in ckpt lock tmp ckpt.tmp; do
  cp kept "g.h5.$ending"
  misuses "'g.h5.$ending', which this run reads" cycles --batch "g.h5.$ending" --output g.h5 --force
  unchanged "g.h5.$ending"
  rm "g.h5.$ending"
done
printf '1,1\n' >registers.csv
keep registers.csv
misuses 'which this run reads' cycles --field 2 --registers registers.csv --output registers.csv --force
unchanged registers.csv
printf 'field = 2\ncoefficients = 1,1\n' >run.ini
keep run.ini
misuses 'which this run reads' cycles --config run.ini --output run.ini --force
unchanged run.ini

echo '{"train": [], "test": [{"input": [[1]], "output": [[1]]}]}' >task.json
echo '[{"id": "x", "builtin": "identity"}, {"id": "y", "command": ["sh", "solver.sh"], "protocol": "once"}]' >solvers.json
echo 'cat' >solver.sh
for name in task.json solvers.json solver.sh; do
  keep "$name"
  misuses "it is '$name', which this run reads" scoring --tasks task.json --solvers solvers.json --output "$name" --force
  unchanged "$name"
done

echo '{"pipeline": "range(3) * csv(\"x.csv\")"}' >pipelines.jsonl
printf 'a\n1\n' >in.csv
keep pipelines.jsonl
misuses 'which this run reads' stream --pipelines pipelines.jsonl --output pipelines.jsonl --force
unchanged pipelines.jsonl
keep in.csv
for name in $(same in.csv); do
  misuses "it is 'in.csv', which this run reads" "${pipeline[@]}" "csv('in.csv') * csv('$name')" --output s.h5 --force
  misuses "it is 'in.csv', which this run reads" "${pipeline[@]}" 'csv("in.csv") * discard' --output "$name" --force
  unchanged in.csv
done
keep s.h5
misuses "it is 's.h5', which this run reads" "${pipeline[@]}" 'hdf5("s.h5", table="results/pipelines") * discard' --output s.h5 --force
unchanged s.h5
misuses 'lies beside the output' "${pipeline[@]}" 'range(3) * csv("s.h5.ckpt")' --output s.h5 --force
misuses '/dev/stdout' "${pipeline[@]}" 'range(3) * csv("-")' --output s.h5 --force

# Parts that are merged; and what no output is called.
cat batch.jsonl batch.jsonl >two.jsonl
for i in 1 2; do run 0 cycles --batch two.jsonl --progress never --part "$i/2" --output "p$i.h5"; done
for name in $(same p1.h5); do
  keep p1.h5
  misuses "it is 'p1.h5', which this run reads" merge p1.h5 p2.h5 --output "$name" --force
  unchanged p1.h5
done
for command in "merge p1.h5 p2.h5" "cycles --batch batch.jsonl" "stream --pipelines pipelines.jsonl"; do
  # shellcheck disable=SC2086 # words
  misuses 'a result file cannot be written to standard output' $command --output -
done
if [[ -e - ]]; then fail 'a file is called -'; fi
ln -s data/all.h5 all.h5
run 0 merge p1.h5 p2.h5 --output all.h5
leads all.h5 data/all.h5
finish
