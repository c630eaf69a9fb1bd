#!/usr/bin/env bash
# Does check.sh report each kind of violation? Builds small source trees with one fault each.
set -euo pipefail
check=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

new_tree() {
  rm -rf "$folder/tree"
  mkdir -p "$folder/tree"/{include/gforbit/{core,fsr,comm,store},src/{core,fsr,comm,store},jobs/cycles,tests/unit/store}
  cd "$folder/tree"
  touch CMakeLists.txt README.md LICENSE .gitignore
  echo '#include <mpi.h>' >src/comm/session.cpp
  echo '  #  include "hdf5.h"  // tests of the module may' >tests/unit/store/file_test.cpp
  echo '#include "gforbit/core/error.hpp"' >include/gforbit/fsr/register.hpp
  echo '#include "gforbit/fsr/register.hpp"' >jobs/cycles/plan.cpp
}

# expect WHAT PATTERN: a violation that matches; the empty pattern: none at all.
expect() {
  local output status=0
  output=$("$check" "$folder/tree") || status=$?
  if [[ -z $2 && $status == 0 && -z $output ]]; then return 0; fi
  if [[ -n $2 && $status == 1 && $output =~ $2 && $(wc -l <<<"$output") == 1 ]]; then return 0; fi
  echo "$1: exit status $status, output: $output"
  faults=$((faults + 1))
}

new_tree
expect "a tree without a fault" ""

new_tree
echo '#include <mpi.h>' >>src/core/error.cpp
expect "mpi.h outside comm" 'src/core/error.cpp:1 includes mpi.h'

new_tree
echo '# include <hdf5_hl.h>' >>jobs/cycles/plan.cpp
expect "hdf5 outside store" 'jobs/cycles/plan.cpp:2 includes hdf5_hl.h'

new_tree
echo '#include "gforbit/store/table.hpp"' >>include/gforbit/fsr/register.hpp
expect "a forbidden dependency" 'fsr does not depend on store'

new_tree
echo '#include "gforbit/fsr/register.hpp"' >>src/core/text.cpp
expect "a dependency in the wrong direction" 'core does not depend on fsr'

new_tree
mkdir -p src/cycles/mapping
echo '#include "gforbit/cycles/kernel.hpp"' >src/cycles/mapping/plan.cpp
echo '#include "gforbit/cycles/mapping.hpp"' >src/cycles/kernel.cpp
expect "a module that includes the one inside it" 'src/cycles/kernel.cpp:1 .* cycles does not depend on cycles/mapping'

new_tree
echo '#include "gforbit/comm/session.hpp"' >>jobs/cycles/plan.cpp
expect "a job that includes the MPI module" 'jobs/cycles does not depend on comm'

new_tree
echo '#include "../comm/frame.hpp"' >>src/core/text.cpp
expect "a path around the include folder" 'src/core/text.cpp:1 includes ../comm'

new_tree
mkdir src/attic
expect "an unknown module" 'src/attic is a module that'

new_tree
touch notes.txt
expect "a stray file" 'notes.txt does not belong'

new_tree
mkdir build
touch gforbit-cycles.h5
expect "what a build and a run leave" ""

new_tree
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

new_tree
printf 'See\n[page](docs/gone.md#top)\n' >README.md
expect "a link to no file" 'README.md:2 links to docs/gone.md#top, but there is no such file'

new_tree
mkdir docs
echo '# Page' >docs/page.md
echo '[page](page.md#top)' >docs/other.md
expect "a link to no heading" 'docs/other.md:1 links to page.md#top, but docs/page.md has no such heading'

new_tree
mkdir docs
cat >docs/page.md <<'PAGE'
In `docs/page.md` and `src/NAME.cpp`,
once in `src/core/gone.cpp`
PAGE
expect "a path to no file" 'docs/page.md:2 names src/core/gone.cpp, but there is no such file'

if ((faults > 0)); then exit 1; fi
