#!/usr/bin/env bash
# Checkpoints of another problem, foreign, newer, without their output, or that cannot be written. fuzz.sh damages them at random.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

reference

# A checkpoint of a run that was stopped half-way.
start_alone "${batch[@]}" --output a.h5 --threads 1 --checkpoint-interval 0.2
eventually "$what: no results in the checkpoint" has_results a.h5 || finish
kill -USR1 "$launcher"
ended 75
mv a.h5.ckpt good.ckpt
rm a.h5

refused() { # refused TEXT: exit 3, and the files are as they were
  cp a.h5.ckpt before
  run 0 3 "${batch[@]}" --output a.h5 --resume
  says "$1"
  cmp -s a.h5.ckpt before || fail "$what: a checkpoint that was refused is changed"
}
cp good.ckpt a.h5.ckpt
flip a.h5.ckpt 100
refused 'start again with --force'
head -c 300 good.ckpt | tr '\0-\377' '\1-\377\0' >a.h5.ckpt # no header, but records behind it
tail -c +301 good.ckpt >>a.h5.ckpt
refused 'no checkpoint of gforbit'
cp good.ckpt a.h5.ckpt
printf '\x02' | dd of=a.h5.ckpt bs=1 seek=16 conv=notrunc status=none
refused 'newer gforbit'

# Records with a right digest that no gforbit writes: truncated, of a register that the batch lacks, of an unknown type.
add_record() { # add_record TYPE PAYLOAD: both as printf takes them
  local size
  size=$(printf '%b' "$2" | wc -c)
  printf '%b' "\\x$(printf %02x "$size")\\0\\0\\0\\0\\0\\0\\0$1\\0\\0\\0\\0\\0\\0\\0" >frame.bin
  printf '%b' "$2" >payload.bin
  cp good.ckpt a.h5.ckpt
  cat frame.bin <(cat frame.bin payload.bin | sha256sum | head -c 16) payload.bin >>a.h5.ckpt
}
contradicts() { refused "the checkpoint 'a.h5.ckpt' contradicts itself or the input ($1): resume it with the gforbit that wrote it, or start again with --force"; }
add_record '\x01' '\x01\0\0'
contradicts 'a byte record ends inside a value'
add_record '\x03' '\x63\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0'
contradicts 'a row that the input does not have'
add_record '\x63' ''
contradicts 'a record of the unknown type 99'

echo 'something else, of some length' >a.h5.ckpt
refused 'no checkpoint of gforbit'

# One that cannot hold a single record is no obstacle, beside an incomplete output, a complete one, and none.
run 0 75 "${batch[@]}" --output a.h5 --threads 1 --wall-limit 1 --force
size=$(stat -c %s a.h5.ckpt)
for bytes in 0 10 24 50; do
  head -c "$bytes" good.ckpt >a.h5.ckpt
  run 0 75 "${batch[@]}" --output a.h5 --threads 1 --resume --wall-limit 1
  says "the checkpoint 'a.h5.ckpt' ($bytes bytes) is truncated before its first record and holds no results: starting from the beginning"
done
rm a.h5
head -c "$size" /dev/zero >a.h5.ckpt
run 0 0 stream --pipeline 'range(3) * table(a)' --output a.h5 --resume
says 'holds no results'
: >a.h5.ckpt
run 0 0 stream --pipeline 'range(3) * table(a)' --output a.h5 --resume
says 'complete already'
rm a.h5
cp good.ckpt a.h5.ckpt
run 0 3 stream --pipeline 'range(3) * table(a)' --output a.h5 --resume
says 'belongs to another problem (job: cycles there, stream here): resume'
cp good.ckpt a.h5.ckpt
cp batch.jsonl same.jsonl
echo '{"field": 2, "coefficients": [1,1]}' >>batch.jsonl
refused 'sha256 of the input'
mv same.jsonl batch.jsonl
run 0 5 "${batch[@]}" --output a.h5 --force
same_results a.h5
cp good.ckpt a.h5.ckpt # the run was killed between the last rename and the end
run 0 5 "${batch[@]}" --output a.h5 --resume
same_results a.h5

# An output that is none.
echo 'something else' >no.h5
run 0 3 "${batch[@]}" --output no.h5 --resume
says 'replace it with --force'

# An output without its checkpoint.
start_alone "${long_run[@]}" --output b.h5
eventually "$what: no checkpoint" test -s b.h5.ckpt || finish
kill -USR1 "$launcher"
ended 75
rm b.h5.ckpt
run 0 3 "${long_run[@]}" --output b.h5 --resume
says 'is missing'

# A disk that really is full; faults.sh has one for every user.
if ((EUID == 0)); then
  mkdir disk
  if mount -t tmpfs -o size=256k tmpfs disk 2>/dev/null; then
    trap 'umount disk; clean_up' EXIT
    start_alone "${batch[@]}" --output disk/a.h5 --threads 1 --checkpoint-interval 0.2
    eventually "$what: no failure is told" has 'No space left' err || finish
    says 'tries again'
    mount -o remount,size=512m disk
    ended 5
    same_results disk/a.h5
    rm disk/a.h5
    start_alone "${long_run[@]}" --output disk/b.h5 --checkpoint-interval 0.2
    eventually "$what: no checkpoint" test -s disk/b.h5.ckpt || finish
    head -c 600m /dev/zero >disk/full 2>/dev/null || true
    eventually "$what: no failure is told" has 'No space left' err || finish
    kill -USR1 "$launcher"
    ended 4
    rm disk/full
    run 0 75 "${long_run[@]}" --output disk/b.h5 --resume --wall-limit 3
    # What a stream has finished does not fit.
    rows=(stream --pipeline 'range(400000) * map(y = value / 3) * table(t)' --progress never)
    run 0 0 "${rows[@]}" --output whole.h5
    mkdir small
    mount -t tmpfs -o size=4m tmpfs small
    trap 'umount disk small; clean_up' EXIT
    run 0 4 "${rows[@]}" --output small/a.h5
    says 'No space left on device (free disk space); then run the same command with --resume'
    run 0 4 stream --pipeline 'range(400000) * map(y = value / 3) * csv("small/a.csv")' --output files.h5
    says "cannot write 'small/a.csv.tmp': No space left on device (free disk space); all results are in the checkpoint: free disk space or allow writing there, then --resume writes them"
    if [[ -e small/a.csv.tmp ]]; then fail "$what: a torn file is left over"; fi
    mount -o remount,size=512m small
    run 0 0 stream --pipeline 'range(400000) * map(y = value / 3) * csv("small/a.csv")' --output files.h5 --resume
    if (($(wc -l <small/a.csv) != 400001)); then fail "$what: not all rows"; fi
    run 0 0 "${rows[@]}" --output small/a.h5 --resume
    if [[ $("$gforbit" summary --digest small/a.h5) != $("$gforbit" summary --digest whole.h5) ]]; then
      fail "$what: other rows than without a full disk"
    fi
  else
    echo 'skipped: no tmpfs may be mounted here, so no disk can be full'
  fi
else
  echo 'skipped: only root can mount a disk that is full'
fi
finish
