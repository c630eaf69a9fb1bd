#!/usr/bin/env bash
# Checkpoints that vanish while their run works: removed, renamed, replaced, cut, with their folder. A run never says that
# it saved what is not there, and writes the file anew where it can.
# shellcheck source=tests/restart/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

smaller_batch
reference

# begin FILE: a run whose checkpoint holds finished registers, and is written at a stop or on demand only from now on.
begin() {
  start_alone "${slowly[@]}" --output "$1"
  eventually "$what: no results in the checkpoint" has_results "$1" || finish
}
# shellcheck disable=SC2317 # called by eventually
written() { [[ -s $1.ckpt ]]; }

# Gone, or another file in its place: written anew, within one interval and at a stop.
mkdir aside
for way in remove rename replace link; do
  begin a.h5
  kill -STOP "$launcher"
  case $way in
    remove) rm a.h5.ckpt ;;
    rename) mv a.h5.ckpt aside/a ;;
    replace) echo 'something else' >other && mv other a.h5.ckpt ;;
    link) cp a.h5.ckpt aside/b && ln -f aside/b a.h5.ckpt ;;
  esac
  kill -USR1 "$launcher"
  kill -CONT "$launcher"
  ended 75
  says 'saved, --resume continues'
  run 2 5 "${batch[@]}" --output a.h5 --resume
  if ! grep -Eq "resumed from 'a.h5.ckpt': [1-9]" err; then fail "$what: $way: what was done is lost"; fi
  same_results a.h5
  rm a.h5
done
begin a.h5
rm a.h5.ckpt
eventually "$what: a checkpoint that was removed is not written anew" written a.h5 || finish
eventually "$what: it does not say so" has 'it was written again' err || finish
kill -KILL "$launcher"
{ wait "$launcher"; } 2>/dev/null || true
run 0 5 "${batch[@]}" --output a.h5 --resume
same_results a.h5
rm a.h5

# Cut or overwritten: what it held cannot be had again. The run may end, but a stop does not promise anything.
for way in cut empty foreign; do
  begin b.h5
  kill -STOP "$launcher"
  case $way in
    cut) truncate -s 10000 b.h5.ckpt ;;
    empty) : >b.h5.ckpt ;;
    foreign) head -c 30000000 /dev/zero | dd of=b.h5.ckpt conv=notrunc status=none ;;
  esac
  kill -USR1 "$launcher"
  kill -CONT "$launcher"
  ended 4
  says 'another process has cut or overwritten it'
  if has 'saved, --resume' err; then fail "$what: $way: it promises what is lost"; fi
  rm -f b.h5 b.h5.ckpt
done

# The folder is gone, or another run has begun in a new one of its name.
mkdir gone
begin gone/c.h5
kill -STOP "$launcher"
rm -r gone
kill -USR1 "$launcher"
kill -CONT "$launcher"
ended 4
says "cannot write"
says 'not saved'
if has 'saved, --resume' err; then fail "$what: it promises what is lost"; fi
mkdir gone
begin gone/c.h5
kill -STOP "$launcher"
first=$launcher
mv gone elsewhere
mkdir gone
begin gone/c.h5
second=$launcher
kill -USR1 "$first"
kill -CONT "$first"
launcher=$first
ranks=("$first")
cp err second.err
eventually "$what: the first run goes on" is_gone "$first" || finish
status=0
wait "$first" || status=$?
if ((status != 4)); then fail "$what: two runs in one place: exit status $status, expected 4"; fi
launcher=$second
ranks=("$second")
kill -USR1 "$second"
ended 75
run 0 5 "${batch[@]}" --output gone/c.h5 --resume
same_results gone/c.h5

# The output's lock is removed: taken anew before the next write, so that no second run begins.
begin d.h5
rm d.h5.lock
# shellcheck disable=SC2317 # called by eventually
locked() { [[ -s d.h5.lock ]]; }
eventually "$what: the lock file is not made anew" locked || finish
run 0 4 "${batch[@]}" --output d.h5 --force
says 'it is being written by'
kill -KILL "$launcher"
{ wait "$launcher"; } 2>/dev/null || true
finish
