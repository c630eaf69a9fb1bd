#!/usr/bin/env bash
# Does check.sh see each kind of offence? Builds small houses with one fault each and wants it named.
set -euo pipefail
check=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

new_house() {
  rm -rf "$folder/house"
  mkdir -p "$folder/house"/{include/gforbit/{core,fsr,comm,store},src/{core,fsr,comm,store},jobs/cycles,tests/unit/store}
  cd "$folder/house"
  touch CMakeLists.txt README.md LICENSE .gitignore
  echo '#include <mpi.h>' >src/comm/session.cpp
  echo '  #  include "hdf5.h"  // tests of the room may' >tests/unit/store/file_test.cpp
  echo '#include "gforbit/core/error.hpp"' >include/gforbit/fsr/register.hpp
  echo '#include "gforbit/fsr/register.hpp"' >jobs/cycles/plan.cpp
}

# expect WHAT PATTERN: an offence that matches; the empty pattern: none at all.
expect() {
  local output status=0
  output=$("$check" "$folder/house") || status=$?
  if [[ -z $2 && $status == 0 && -z $output ]]; then return 0; fi
  if [[ -n $2 && $status == 1 && $output =~ $2 && $(wc -l <<<"$output") == 1 ]]; then return 0; fi
  echo "$1: exit status $status, output: $output"
  faults=$((faults + 1))
}

new_house
expect "a house in order" ""

new_house
echo '#include <mpi.h>' >>src/core/error.cpp
expect "mpi.h outside comm" 'src/core/error.cpp:1 includes mpi.h'

new_house
echo '# include <hdf5_hl.h>' >>jobs/cycles/plan.cpp
expect "hdf5 outside store" 'jobs/cycles/plan.cpp:2 includes hdf5_hl.h'

new_house
echo '#include "gforbit/store/table.hpp"' >>include/gforbit/fsr/register.hpp
expect "a forbidden arrow" 'no arrow leads from fsr to store'

new_house
echo '#include "gforbit/fsr/register.hpp"' >>src/core/text.cpp
expect "an arrow backwards" 'no arrow leads from core to fsr'

new_house
echo '#include "gforbit/comm/session.hpp"' >>jobs/cycles/plan.cpp
expect "a job that knows MPI's room" 'no arrow leads from jobs/cycles to comm'

new_house
echo '#include "../comm/frame.hpp"' >>src/core/text.cpp
expect "a path around the include folder" 'src/core/text.cpp:1 includes ../comm'

new_house
mkdir src/attic
expect "an unknown room" 'src/attic is no room'

new_house
touch notes.txt
expect "a stray file" 'notes.txt does not belong'

new_house
mkdir build
touch gforbit-cycles.h5
expect "what a build and a run leave" ""

new_house
mkdir docs
cat >docs/page.md <<'PAGE'
# Page

## A `word`, twice

## A word twice

[a](#a-word-twice) [b](#a-word-twice-1) `[c](gone.md)`
PAGE
cat >README.md <<'PAGE'
[page](docs/page.md#page) [site](https://example.org/gone)
```
[d](gone.md)
```
PAGE
expect "links that lead somewhere" ""

new_house
printf 'See\n[page](docs/gone.md#top)\n' >README.md
expect "a link to no file" 'README.md:2 links to docs/gone.md#top, but there is no such file'

new_house
mkdir docs
echo '# Page' >docs/page.md
echo '[page](page.md#top)' >docs/other.md
expect "a link to no heading" 'docs/other.md:1 links to page.md#top, but docs/page.md has no such heading'

if ((faults > 0)); then exit 1; fi
