#!/usr/bin/env bash
# INI files: every option is a key, a flag beats the file, and what is wrong is named with file, line and key.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

printf '\xEF\xBB\xBF# a comment\r\n[cycles]\r\nfield = 2\r\ndegree=3\r\nfeedback = x0 + x1*x2\r\n  # another\r\n\r\noutput = from-file.h5\r\n' >good.ini
run 0 cycles --config good.ini
if [[ ! -f from-file.h5 ]]; then fail 'the output of the file was not written'; fi
run 0 cycles --config good.ini --output flag.h5
if [[ ! -f flag.h5 ]]; then fail 'the flag did not beat the file'; fi
run 0 summary --digest from-file.h5
cp out first
run 0 summary --digest flag.h5
if ! cmp -s out first; then fail 'equal registers, different digests'; fi

# file CONTENTS...: writes run.ini, one line an argument.
file() { printf '%s\n' "$@" >run.ini; }

file 'field = 2' '' '# x' 'feild = 3'
misuses "run.ini:4: unknown key 'feild'; did you mean 'field'?" cycles --config run.ini
file 'field = 2' 'field = 3'
misuses "run.ini:2: key 'field' appears twice, first in line 1" cycles --config run.ini --field 5
file 'field'
misuses "run.ini:1: expected 'key = value', found 'field'" cycles --config run.ini
file 'field ='
misuses "run.ini:1: missing value for key 'field'" cycles --config run.ini
file 'threads = 0'
misuses "invalid value '0' for 'threads' (run.ini:1): expected an integer from 1 to 8192" cycles --config run.ini
file 'force = perhaps'
misuses "invalid value 'perhaps' for 'force' (run.ini:1): expected one of true, false, yes, no, on, off, 1, 0" \
  cycles --config run.ini
file 'config = other.ini'
misuses "run.ini:1: key 'config'" cycles --config run.ini
file '[scoring]'
misuses "run.ini:1: section '[scoring]' is not for the command 'cycles'" cycles --config run.ini
file 'batch = a.jsonl'
misuses "'--coefficients' and 'batch' (run.ini:1) are given" cycles --config run.ini --field 2 --coefficients 1
file 'field = 6' 'coefficients = 1'
misuses "'field' (run.ini:1): field order 6 is not a prime power" cycles --config run.ini
misuses "cannot read 'none.ini': No such file or directory" cycles --config none.ini
misuses "cannot read '.': Is a directory" cycles --config .
misuses "missing value for '--config'" cycles --config

# Values keep what looks like a comment; the switch takes all its words.
file 'field = 2' 'coefficients = 1,1' 'output = a#b.h5' 'force = on'
run 0 cycles --config run.ini
if [[ ! -f 'a#b.h5' ]]; then fail "'#' cut a value"; fi
run 0 cycles --config run.ini
misuses 'a#b.h5' cycles --config run.ini --force=no
finish
