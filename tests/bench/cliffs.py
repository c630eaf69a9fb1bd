"""Structured and singular registers: gforbit against the plain method, one core, compiled for each register.

Run by cliffs.sh, which builds what is needed. Programs take turns; both must give the same period distribution, number
of transient states and largest transient length. A line a register: seconds of both (medians) and their ratio.
"""
import argparse
import csv
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

# Moduli of the fields of prime power order, low to high: characteristic and coefficients.
MODULI = {4: (2, "1,1,1"), 8: (2, "1,1,0,1"), 9: (3, "2,2,1"), 16: (2, "1,1,0,0,1"), 27: (3, "1,2,0,1"),
          81: (3, "2,0,0,2,1"), 125: (5, "3,3,0,1"), 243: (3, "1,2,0,0,0,1"),
          256: (2, "1,0,1,1,1,0,0,0,1"), 343: (7, "4,0,6,1"), 625: (5, "2,4,4,0,1")}


def squares_of_neighbors(degree):
    return " + ".join(["x0"] + [f"x{i}*x{i + 1}" for i in range(1, degree - 1)])


def all_products(degree):
    return " + ".join(["x0"] + [f"x{i}*x{j}" for i in range(1, degree) for j in range(i + 1, degree)])


def sum_of_all(degree):
    return " + ".join(f"x{i}" for i in range(degree))


def product(cells):
    return "*".join(f"x{i}" for i in cells)


# (group, q, degree, feedback): sizes for which the plain program takes about 1 to 10 s.
REGISTERS = [
    ("random-like", 2, 28, "x0 + x3 + x5*x9"),
    ("one product", 2, 28, "x0 + x1*x27"),
    ("one product", 2, 30, "x0 + x1*x29"),
    ("one product", 2, 28, "x0 + x1*x2"),
    ("one product", 2, 28, "x0 + x13*x14"),
    ("one product", 2, 28, "x0 + x1*x2*x3*x4"),
    ("one product", 2, 28, "x0 + " + product(range(1, 9))),
    ("one product", 2, 28, "x0 + " + product(range(1, 28))),
    ("interleaved", 2, 28, "x0 + x2*x4"),
    ("neighbors", 2, 28, squares_of_neighbors(28)),
    ("all products", 2, 24, all_products(24)),
    ("pure cycling", 2, 28, "x0"),
    ("pure cycling", 2, 29, "x0"),
    ("complemented cycling", 2, 28, "x0 + 1"),
    ("pure summing", 2, 28, sum_of_all(28)),
    ("complemented summing", 2, 28, sum_of_all(28) + " + 1"),
    ("linear", 2, 28, "x0 + x3"),
    ("near-linear", 2, 28, "x0 + x3 + " + product(range(1, 20))),
    ("one product", 3, 17, "x0 + x1*x16"),
    ("one product", 3, 17, "x0 + x1*x2*x3*x4"),
    ("pure cycling", 3, 17, "x0"),
    ("one product", 4, 13, "x0 + x3*x5"),
    ("one product", 5, 11, "x0 + x4*x6"),
    ("one product", 7, 9, "x0 + x1*x8"),
    ("one product", 8, 9, "x0 + x1*x8"),
    ("one product", 9, 8, "x0 + x1*x7"),
    ("one product", 13, 7, "x0 + x1*x6"),
    ("one product", 16, 7, "x0 + x1*x5"),
    ("one product", 27, 5, "x0 + x1*x4"),
    ("one product", 81, 4, "x0 + x1*x3"),
    ("one product", 125, 4, "x0 + x1*x3"),
    ("one product", 243, 3, "x0 + x1*x2"),
    ("one product", 256, 3, "x0 + x1*x2"),
    ("power of x0", 257, 3, "x0^3 + x1*x2"),
    ("one product", 625, 3, "x0 + 2*x1*x2 + 1"),
    ("one power", 32749, 2, "x0 + 2*x1^3 + 1"),
    ("singular", 2, 28, "x0*x1"),
    ("singular", 2, 28, "x1 + x3*x5 + x0*x7"),
    ("singular", 2, 28, "x0*x1 + x3 + x5*x9 + 1"),
    ("singular", 2, 28, "x1*x4 + x3 + x5*x9"),
    ("singular majority", 2, 28, "x1*x2 + x1*x3 + x2*x3"),
    ("singular shift", 2, 28, "x27"),
    ("singular shift", 2, 28, "x1"),
    ("singular", 2, 28, "x1*x2"),
    ("constant", 2, 28, "1"),
    ("swapped pair", 2, 28, "x0 + x3 + x5*x9 + " + product(range(0, 28))),
    ("singular", 3, 17, "x1*x2"),
    ("singular shift", 3, 17, "x16"),
    ("singular", 4, 13, "x0*x1 + x3"),
    ("singular", 5, 11, "x1*x2 + x3"),
    ("singular", 7, 9, "x0^2 + x3 + x1*x2"),
    ("singular", 8, 9, "x0^2*x1 + x3"),
    ("singular", 9, 8, "x1*x2 + x0^2"),
    ("singular", 13, 7, "x1*x2"),
    ("singular", 16, 7, "x0*x1 + x3"),
    ("singular", 27, 5, "x1*x2 + x0^2"),
    ("singular", 81, 4, "x0*x1 + x2"),
    ("singular", 256, 3, "x1*x2 + x0^3"),
    ("singular", 257, 3, "x1*x2 + x0^2"),
    ("singular", 343, 3, "x1*x2"),
    ("singular", 2053, 2, "x1^2 + x0^2"),
    ("singular", 4099, 2, "x1^2 + x0^2"),
    ("singular product", 4099, 2, "x0^2*x1"),
    ("singular product", 8191, 2, "x0*x1 + x1^5"),
]


def c_expression(q, feedback):
    """The feedback in C. Over GF(2) cells that stand alone are one parity under a mask."""
    terms = []
    linear = 0
    for term in feedback.split("+"):
        if q == 2 and re.fullmatch(r"x\d+", term.strip()):
            linear ^= 1 << int(term.strip()[1:])
            continue
        value = None
        for factor in term.strip().split("*"):
            match = re.fullmatch(r"x(\d+)(?:\^(\d+))?", factor.strip())
            text = factor.strip() if not match else f"x({match[1]})" if not match[2] else f"power(x({match[1]}), {match[2]})"
            value = text if value is None else f"mul({value}, {text})"
        terms.append(value)
    if linear:
        terms.append(f"(u64)__builtin_parityll(s & {linear:#x}ull)")
    result = terms[0]
    for term in terms[1:]:
        result = f"add({result}, {term})"
    return result


def compile_plain(source, folder, q, degree, feedback, singular):
    program = folder / "plain"
    command = ["gcc", "-O3", "-march=native", "-o", program, source, f"-DQ={q}", f"-DDEGREE={degree}",
               f"-DSINGULAR={int(singular)}", f"-DFEEDBACK={c_expression(q, feedback)}"]
    if q in MODULI:
        characteristic, modulus = MODULI[q]
        command += [f"-DP={characteristic}", f"-DM={modulus.count(',')}", f"-DMODULUS={{{modulus}}}"]
    subprocess.run(command, check=True)
    return program


def timed(command):
    begin = time.monotonic()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return time.monotonic() - begin, output


def plain_answer(output):
    lines = output.split()
    transient = lines[-1].split(",")
    return [line.split(",") for line in lines[:-1]], transient[1], int(transient[2])


def gforbit_answer(program, result):
    text = subprocess.run([program, "summary", result, "--format", "json"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    register = json.loads(text)["registers"][0]
    return register["period_distribution"], register["n_transient_states_decimal"], register["max_transient_length"]


def gforbit_command(program, q, degree, feedback, result, options):
    command = [program, "cycles", "--field", str(q), "--degree", str(degree), "--feedback", feedback, "--method",
               "enumerate", "--output", result, "--force", "--progress", "never"]
    if q in MODULI:
        command += ["--modulus", MODULI[q][1]]
    return command + options


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="a regular expression: registers whose line matches it")
    parser.add_argument("--store-cycles", default="none")
    parser.add_argument("--levels", default="auto", help="vector levels to time, separated by commas")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("gforbit-cliffs.csv"))
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a run of gforbit is given up")
    arguments = parser.parse_args()
    source = pathlib.Path(__file__).with_name("plain_register.c")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for group, q, degree, feedback in REGISTERS:
            short = feedback if len(feedback) <= 40 else feedback[:37] + "..."
            label = f"q = {q}, d = {degree}, {short} ({group})"
            if not re.search(arguments.only, label):
                continue
            singular = not is_nonsingular(q, feedback)
            plain = compile_plain(source, folder, q, degree, feedback, singular)
            times = {"plain": []}
            agree = True
            for _ in range(arguments.runs):
                seconds, output = timed([plain])
                times["plain"].append(seconds)
                for level in arguments.levels.split(","):
                    result = folder / "result.h5"
                    command = gforbit_command(arguments.build / "gforbit", q, degree, feedback, result,
                                              ["--store-cycles", arguments.store_cycles, "--simd", level])
                    try:
                        begin = time.monotonic()
                        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       timeout=arguments.limit)
                        times.setdefault(level, []).append(time.monotonic() - begin)
                        agree = agree and gforbit_answer(arguments.build / "gforbit", result) == plain_answer(output)
                    except subprocess.TimeoutExpired:
                        times.setdefault(level, []).append(float("inf"))
            medians = {key: statistics.median(values) for key, values in times.items()}
            ratios = {key: medians["plain"] / value for key, value in medians.items() if key != "plain"}
            rows.append({"group": group, "field": q, "degree": degree, "feedback": feedback,
                         "plain_s": medians["plain"], **{f"{key}_s": medians[key] for key in ratios},
                         **{f"{key}_ratio": ratios[key] for key in ratios}, "agree": agree})
            print(f"{label:78} plain {medians['plain']:7.2f} s" +
                  "".join(f"  {key} {medians[key]:7.3f} s {ratios[key]:7.1f}x" for key in ratios) +
                  ("" if agree else "  DIFFERENT RESULTS"), flush=True)
    if not rows:
        sys.exit("no register matches --only")
    with open(arguments.output, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    first = "auto_ratio" if "auto_ratio" in rows[0] else next(key for key in rows[0] if key.endswith("_ratio"))
    ratios = sorted(row[first] for row in rows)
    print(f"{len(ratios)} registers: smallest ratio {ratios[0]:.1f}, first quartile {ratios[len(ratios) // 4]:.1f}, "
          f"median {statistics.median(ratios):.1f}")
    if not all(row["agree"] for row in rows):
        sys.exit("results differ")


def is_nonsingular(q, feedback):
    """Of the registers above: a power of x0 that permutes the field stands alone, and x0 is in no other term."""
    terms = [term.strip() for term in feedback.split("+")]
    alone = [term for term in terms if re.fullmatch(r"x0(\^\d+)?", term)]
    if len(alone) != 1 or any(re.search(r"x0\b", term) for term in terms if term not in alone):
        return False
    exponent = int(alone[0].partition("^")[2] or 1)
    return math.gcd(exponent, q - 1) == 1


if __name__ == "__main__":
    main()
