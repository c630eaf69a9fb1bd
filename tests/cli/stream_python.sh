#!/usr/bin/env bash
# Terms in Python: what comes back, errors of items, processes that die or hang, restarts.
# stream_python.sh PATH/TO/gforbit SOURCES
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
export PYTHONPATH=$2/jobs/report

cat >terms.py <<'PY'
import os
import time
print('while it is imported')
class Scale:
    def __init__(self, factor=1, name=''):
        self.factor, self.name = factor, name
    def process(self, item):
        print('while it works')
        item['y'] = self.factor * item['value']
        item['name'] = self.name
        return item
def repeat(item):
    return [item['value']] * (item['value'] % 3)
def repeat_later(item):
    for i in range(item['value'] % 3):
        yield {'y': i, 'text': None}
def is_odd(item):
    return item['value'] % 2 == 1
def inverse(item):
    return 1 / (item['value'] - 3)
def ends(item):
    if item['value'] in (300, 500):
        os._exit(7)
    return item['value'] + 0.5
def texts(item):
    if item["value"] == 2:
        raise KeyError("\0\ud800")
    return ["ü\0z", "\ud800", "", "é"][item["value"]]


def hangs(item):
    if item['value'] == 5:
        open('hanging', 'w').close()
        time.sleep(1000)
    return item['value']
def changes(item):
    item['value'] += 1
    return item
def invents(item):
    return {'z': 1}
def tells(item):
    return [repr(item['x']), None, repr(item['t'])]
PY

python_rows() { # python_rows PIPELINE: the rows of it, in the file `out`
  run 0 stream --pipeline "$1 * table(t)" --output t.h5 --force --quiet
  run 0 export t.h5 --table results/t
}

# One, none and many items of each.
python_rows 'range(3) * python("terms.py:Scale", columns=(y=float64, name=text), arguments=(factor=-2.5, name="a b"))'
printf 'pipeline,index,value,y,name\n0,0,0,-0,a b\n0,1,1,-2.5,a b\n0,2,2,-5,a b\n' >expected
cmp -s expected out || fail "$what: $(cat out)"
python_rows 'range(4) * python("terms.py:repeat", columns=(y=int64))'
printf 'pipeline,index,value,y\n0,1,1,1\n0,2,2,2\n0,2,2,2\n' >expected
cmp -s expected out || fail "$what: $(cat out)"
python_rows 'range(3) * python("terms.py:repeat_later", columns=(y=uint64, text=text)) * map(none = is_null(text))'
printf 'pipeline,index,value,y,text,none\n0,1,1,0,,1\n0,2,2,0,,1\n0,2,2,1,,1\n' >expected
cmp -s expected out || fail "$what: $(cat out)"
python_rows 'range(6) * python("terms.py:is_odd")'
printf 'pipeline,index,value\n0,1,1\n0,3,3\n0,5,5\n' >expected
cmp -s expected out || fail "$what: $(cat out)"
# Values on their way: texts, NaN, infinities, what is missing, elements of fields.
printf 'x,t\n1.0,"a ""b"" ü"\n,\ninf,c\n' >values.csv
python_rows 'csv("values.csv") * python("terms.py:tells", columns=(told=text)) * select(told) * filter(not is_null(told))'
printf 'pipeline,index,told\n0,0,1.0\n0,0,'"'"'a "b" ü'"'"'\n0,1,nan\n0,1,None\n0,2,inf\n0,2,'"'"'c'"'"'\n' >expected
cmp -s expected <(sed -E 's/"(.*)"$/\1/; s/""/"/g' out) || fail "$what: $(cat out)"
echo 'def total(item): return sum(item["value"])' >vectors.py
python_rows 'register(field=3, coefficients=1:1, length=8) * window(4) * python("vectors.py:total", columns=(s=int64)) * select(s)'
if (($(wc -l <out) != 3)); then fail "$what: $(cat out)"; fi

# Errors of items, whatever the batches.
errors='range(7) * python("terms.py:inverse", columns=(y=float64)) * table(t)'
run 5 stream --pipeline "$errors" --output t.h5 --force
says "term 'python', item 3: ZeroDivisionError: division by zero (terms.py:20)"
run 5 stream --pipeline "$errors" --output t.h5 --force --quiet --on-error dead-letter
run 0 export t.h5 --table results/dead_letters
prints '0,3,python,ZeroDivisionError: division by zero (terms.py:20),"{""value"": 3}"'
run 5 stream --pipeline 'range(2) * python("terms.py:changes") * discard' --output t.h5 --force
says "the column 'value' has changed: columns=(\`value\`=float64) says its type"
run 5 stream --pipeline 'range(2) * python("terms.py:invents", columns=(y=int64)) * discard' --output t.h5 --force
says "there is no column 'z'"
run 5 stream --pipeline 'range(2) * python("terms.py:inverse", columns=(y=int64)) * discard' --output t.h5 --force
says "'y' is -0.3333333333333333, and no int64"
# Texts that no column can have cost their items, too.
texts='range(4) * python("terms.py:texts", columns=(y=text)) * table(t)'
run 5 stream --pipeline "$texts" --output t.h5 --force --quiet --on-error dead-letter
run 0 export t.h5 --table results/dead_letters
prints "'y' is a text with a zero byte"
prints "'y' is a text with half a surrogate pair"
prints 'KeyError: \0\ud800 (terms.py:'
run 0 export t.h5 --table results/t
if [[ $(tail -n 1 out) != *'3,é' ]]; then fail 'texts beside bad ones'; fi
misuses "'y' is given twice" stream --pipeline 'range(2) * python("terms.py:texts", columns=(y=text, y=int64)) * discard'
dies='range(1000) * python("terms.py:ends", columns=(y=float64)) * table(t)'
run 5 stream --pipeline "$dies" --output t.h5 --force --quiet --on-error dead-letter
run 0 export t.h5 --table results/dead_letters
prints '0,300,python,the Python process failed: exited with status 7,"{""value"": 300}"'
prints '0,500,python,the Python process failed: exited with status 7,"{""value"": 500}"'
run 0 export t.h5 --table results/t
if (($(wc -l <out) != 1 + 998)); then fail "$what: $(wc -l <out) lines"; fi
run 5 stream --pipeline 'range(8) * python("terms.py:hangs", columns=(y=int64), timeout=0.5) * discard' --output t.h5 --force
says "term 'python', item 5: the Python process failed: no reply within 0.5 s"
rm hanging

# Threads, batches, ranges and stops leave no trace.
digest() { "$gforbit" summary --digest "$1"; }
many='range() * python("terms.py:repeat", columns=(y=int64)) * take(20000) * table(t)'
run 0 stream --pipeline "$many" --output a.h5 --quiet
run 0 stream --pipeline "$many" --output b.h5 --quiet --threads 3 --batch-items 77
if [[ $(digest a.h5) != "$(digest b.h5)" ]]; then fail 'digests differ'; fi
run 75 stream --pipeline "${many/take/delay(3) * take}" --output c.h5 --quiet --wall-limit 1s
run 0 stream --pipeline "${many/take/delay(3) * take}" --output c.h5 --quiet --resume
run 0 export c.h5 --table results/t
mv out c.csv
run 0 export a.h5 --table results/t
cmp -s out c.csv || fail 'a resumed run has other rows'
# The file is part of the problem.
run 75 stream --pipeline "${many/take/delay(3) * take}" --output d.h5 --quiet --wall-limit 1s
cp -p terms.py as-it-was.py
echo '# another' >>terms.py
run 3 stream --pipeline "${many/take/delay(3) * take}" --output d.h5 --quiet --resume
says "belongs to another problem (contents of 'terms.py'"
cp -p as-it-was.py terms.py

# A hanging function does not keep a run from stopping.
"$gforbit" stream --pipeline 'range(8) * python("terms.py:hangs", columns=(y=int64)) * discard' --output s.h5 --quiet &
until [[ -e hanging ]]; do :; done
kill -TERM $!
status=0
wait $! || status=$?
if ((status != 75)); then fail "a stop while Python hangs: $status"; fi

# What is wrong is said before the run.
echo 'def turn(' >broken.py
echo 'import no_such_module' >late.py
echo 'def term(item): return True' >>late.py
python_misuse() { misuses "$2" stream --pipeline "range(3) * python($1) * discard" --output u.h5; }
python_misuse '"no_such.py:f"' "character 12: python: there is no file 'no_such.py'"
python_misuse '"terms.py:f"' "'terms.py' has no function or class 'f'"
python_misuse '"broken.py:turn"' "'broken.py', line 1: "
python_misuse '"terms.py"' 'expected "FILE.py:NAME"'
python_misuse '"terms.py:is_odd", columns=(y=float)' "'float' is no type: int64, uint64, float64, text"
python_misuse '"terms.py:is_odd", arguments=(k=1+2)' 'arguments: expected numbers and texts'
python_misuse '"terms.py:is_odd", colums=(y=int64)' "python has no argument 'colums'"
PYTHONPATH='' python_misuse '"terms.py:is_odd"' 'python3 does not find the module gforbit_stream'
misuses "which this run reads" stream --pipeline 'range(3) * python("terms.py:is_odd") * csv("terms.py")' --force
run 5 stream --pipeline 'range(3) * python("late.py:term") * discard' --output u.h5
says "term 'python': cannot begin: ModuleNotFoundError: No module named 'no_such_module' (late.py:1)"
run 5 stream --pipeline 'range(3) * python("terms.py:Scale", arguments=(fac=1)) * discard' --output u.h5 --force
says "term 'python': cannot begin: TypeError: "
finish
