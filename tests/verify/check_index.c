/* check_index FILE.gfi: an independent check of an orbit index. It shares no code with gforbit: it reads the file as
 * docs/index.md describes it, parses the feedback by itself, and walks one state at a time. Exit status 0: the index is
 * right; 1: it is wrong, and stderr says where; 2: it has a system of registers, which is not checked here. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;

static void wrong(const char *form, ...) {
  va_list list;
  va_start(list, form);
  fputs("wrong: ", stderr);
  vfprintf(stderr, form, list);
  fputc('\n', stderr);
  va_end(list);
  exit(1);
}

static void *memory(u64 bytes) {
  void *place = calloc(bytes ? bytes : 1, 1);
  if (!place) wrong("not enough memory for %" PRIu64 " bytes", bytes);
  return place;
}

/* ---- the file ---- */

static unsigned char *file;
static u64 size;

static u64 number(u64 offset, unsigned bytes) {
  u64 value = 0;
  if (offset > size || size - offset < bytes) wrong("a number lies outside the file");
  for (unsigned i = 0; i < bytes; ++i) value |= (u64)file[offset + i] << 8 * i;
  return value;
}
static u64 word(u64 offset) { return number(offset, 8); }
static u64 half(u64 offset) { return number(offset, 4); }
static u32 crc32c(u64 offset, u64 bytes) {
  static u32 table[256];
  if (!table[1]) {
    for (u32 n = 0; n < 256; ++n) {
      u32 sum = n;
      for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? sum >> 1 ^ 0x82F63B78u : sum >> 1;
      table[n] = sum;
    }
  }
  u32 sum = 0xFFFFFFFFu;
  if (offset > size || size - offset < bytes) wrong("a table lies outside the file");
  for (u64 i = 0; i < bytes; ++i) sum = sum >> 8 ^ table[(sum ^ file[offset + i]) & 255];
  return ~sum;
}

static void read_file(const char *path) {
  FILE *in = fopen(path, "rb");
  u64 room = 1 << 20;
  if (!in) wrong("cannot open %s", path);
  file = memory(room);
  for (size_t got; (got = fread(file + size, 1, room - size, in)) > 0;) {
    size += got;
    if (size == room && !(file = realloc(file, room *= 2))) wrong("not enough memory");
  }
  fclose(in);
}

static void check_sums(void) {
  if (size < 4096 || memcmp(file, "gforbit\x1a", 8) != 0 || half(8) != 1) wrong("it is no index of format 1");
  u64 end = word(40);
  if (half(4092) != crc32c(0, 4092) || word(16) != size) wrong("the header is damaged, or the file was cut");
  if (end < 4096 || end > size) wrong("the checksums lie outside the file");
  if (half(48) != crc32c(end, size - end)) wrong("the checksums are damaged");
  for (u64 at = 4096, block = 0; at < end; at += 65536, ++block) {
    u64 bytes = end - at < 65536 ? end - at : 65536;
    if (half(end + 4 * block) != crc32c(at, bytes)) wrong("block %" PRIu64 " is damaged", block);
  }
}

/* ---- the field: elements are numbers whose digits to the base p are coefficients ---- */

static u64 q, p, m, modulus[64];

static u64 add(u64 a, u64 b) {
  u64 sum = 0;
  for (u64 place = 1; a || b; a /= p, b /= p, place *= p) sum += (a % p + b % p) % p * place;
  return sum;
}
static u64 scale(u64 a, u64 factor) {
  u64 product = 0;
  for (u64 place = 1; a; a /= p, place *= p) product += (u64)((unsigned __int128)(a % p) * factor % p) * place;
  return product;
}
static u64 times_root(u64 a) { /* a^m is minus the lower terms of the modulus */
  u64 top = a / (q / p), low = a % (q / p) * p, place = 1;
  for (u64 i = 0; i < m; ++i, place *= p) low = add(low, scale((p - modulus[i]) % p, top) * place);
  return low;
}
static u64 multiply(u64 a, u64 b) {
  u64 sum = 0;
  if (m == 1) return scale(a, b);
  for (; b; b /= p, a = times_root(a)) sum = add(sum, scale(a, b % p));
  return sum;
}

/* ---- the register: the feedback as a program for a stack ---- */

enum { CONSTANT, CELL, ADD, MULTIPLY, POWER };
static struct {
  int what;
  u64 value;
} *program;
static u64 length, degree, states;
static const char *at;

static void emit(int what, u64 value) { program[length].what = what, program[length++].value = value; }
static int peek(void) { return *(at += strspn(at, " ")); }
static u64 integer(void) {
  char *end;
  if (!isdigit(peek())) wrong("a number is expected at '%.20s'", at);
  u64 value = strtoull(at, &end, 10);
  at = end;
  return value;
}
static void sum(void);
static void factor(void) {
  if (peek() == '(') {
    ++at;
    sum();
    if (peek() != ')') wrong("a bracket is expected at '%.20s'", at);
    ++at;
  } else if (peek() == 'x') {
    ++at;
    emit(CELL, integer());
    if (program[length - 1].value >= degree) wrong("the feedback reads a cell that is not there");
  } else {
    emit(CONSTANT, integer());
  }
  if (peek() == '^') ++at, emit(POWER, integer());
}
static void product(void) {
  factor();
  for (; peek() == '*'; emit(MULTIPLY, 0)) ++at, factor();
}
static void sum(void) {
  product();
  for (; peek() == '+'; emit(ADD, 0)) ++at, product();
}

static const char *value_of(const char *text, const char *key) {
  char name[32];
  snprintf(name, sizeof name, "\"%s\":", key);
  const char *found = strstr(text, name);
  if (!found) wrong("the register has no %s", key);
  return found + strlen(name);
}

static void read_register(char *text) {
  if (strstr(text, "\"system\":")) {
    fputs("not checked: the file has a system of registers, which only gforbit verify walks\n", stderr);
    exit(2);
  }
  at = value_of(text, "field");
  q = integer();
  at = value_of(text, "degree");
  degree = integer();
  if (q < 2 || degree < 1 || degree > 63) wrong("field or degree is out of range");
  for (p = 2, m = 0; q % p; ++p) continue;
  for (u64 rest = q; rest > 1; rest /= p, ++m)
    if (rest % p) wrong("the order of the field is no power of a prime");
  at = value_of(text, "modulus") + 1;
  for (u64 i = 0; *at && *at != ']' && i < 64; ++i) {
    modulus[i] = integer();
    if (*at == ',') ++at;
  }
  states = 1;
  for (u64 i = 0; i < degree; ++i) {
    if (states > (UINT64_MAX >> 1) / q) wrong("there are too many states");
    states *= q;
  }
  at = value_of(text, "feedback") + 1;
  char *end = strchr(at, '"');
  if (!end) wrong("the feedback has no end");
  *end = 0;
  program = memory(sizeof *program * 2 * (strlen(at) + 1));
  length = 0;
  sum();
  if (peek()) wrong("the feedback goes on: '%.20s'", at);
}

static u64 next(u64 state) {
  static u64 stack[1 << 16];
  u64 cells[64], top = 0, rest = state;
  for (u64 i = 0; i < degree; ++i, rest /= q) cells[i] = rest % q;
  for (u64 i = 0; i < length; ++i) {
    u64 value = program[i].value;
    if (top + 1 >= sizeof stack / sizeof *stack) wrong("the feedback is nested too deeply");
    switch (program[i].what) {
      case CONSTANT: stack[top++] = value % q; break;
      case CELL: stack[top++] = cells[value]; break;
      case ADD: --top, stack[top - 1] = add(stack[top - 1], stack[top]); break;
      case MULTIPLY: --top, stack[top - 1] = multiply(stack[top - 1], stack[top]); break;
      default: {
        u64 base = stack[top - 1], power = 1;
        for (; value; value /= 2, base = multiply(base, base))
          if (value % 2) power = multiply(power, base);
        stack[top - 1] = power;
      }
    }
  }
  return state / q + stack[0] * (states / q);
}

/* ---- one register of the file ---- */

static u64 marks, n_cycles, n_order, cycles, positions, cycle_of, distances, order;

static u64 representative(u64 row) { return word(cycles + 24 * row); }
static u64 period(u64 row) { return word(cycles + 24 * row + 8); }
static u64 first(u64 row) { return row < n_cycles ? word(cycles + 24 * row + 16) : n_order; }

/* The walk around a cycle: its marks in their order at their positions, no state below the representative. */
static void check_cycle(u64 row) {
  u64 state = representative(row), place = first(row);
  if (state >= states) wrong("a representative is no state");
  for (u64 steps = 0; steps < period(row); ++steps, state = next(state)) {
    if (steps && state <= representative(row)) wrong("cycle %" PRIu64 " has another smallest state or period", row);
    if (state >= marks) continue;
    if (place == first(row + 1) || half(order + 4 * place++) != state || word(positions + 8 * state) != steps ||
        half(cycle_of + 4 * state) != row || (distances && half(distances + 4 * state)))
      wrong("cycle %" PRIu64 ": mark %" PRIu64 " after %" PRIu64 " steps is not where the file says", row, state, steps);
  }
  if (state != representative(row)) wrong("cycle %" PRIu64 " has another period", row);
  if (place != first(row + 1)) wrong("cycle %" PRIu64 " has more marks in the file than on the walk", row);
}

/* Singular registers: every state leads to one of the cycles, and no cycle is missing. */
static void check_transients(void) {
  u64 found = 0;
  unsigned char *seen = memory(states); /* 1: on this walk, 2: before */
  for (u64 start = 0; start < states; ++start) {
    u64 state = start;
    for (; !seen[state]; state = next(state)) seen[state] = 1;
    found += seen[state] == 1;
    for (state = start; seen[state] == 1; state = next(state)) seen[state] = 2;
  }
  if (found != n_cycles) wrong("there are %" PRIu64 " cycles, and the file has %" PRIu64, found, n_cycles);
  for (u64 mark = 0; mark < marks; ++mark) {
    u64 row = half(cycle_of + 4 * mark), steps = half(distances + 4 * mark), state = mark, before = mark;
    if (row >= n_cycles) wrong("mark %" PRIu64 " has no cycle", mark);
    for (u64 i = 0; i < steps; ++i) before = state, state = next(state);
    u64 entry = representative(row);
    for (u64 i = word(positions + 8 * mark) % period(row); i > 0; --i) entry = next(entry);
    if (state != entry || word(positions + 8 * mark) >= period(row)) wrong("mark %" PRIu64 " enters elsewhere", mark);
    u64 last = entry;
    for (u64 i = 1; i < period(row); ++i) last = next(last);
    if (steps && before == last) wrong("mark %" PRIu64 " enters its cycle earlier", mark);
  }
  free(seen);
}

static void check_register(u64 entry) {
  u64 text = word(entry + 8), bytes = word(entry + 16), kind = half(entry + 96), all = 0;
  if (text > size || size - text < bytes) wrong("a register lies outside the file");
  char *copy = memory(bytes + 1);
  memcpy(copy, file + text, bytes);
  read_register(copy);
  marks = word(entry + 32), n_cycles = word(entry + 40), n_order = word(entry + 48), cycles = word(entry + 56);
  positions = word(entry + 64), cycle_of = word(entry + 72), order = word(entry + 88);
  distances = kind == 2 ? word(entry + 80) : 0;
  if (kind != 1 && kind != 2) wrong("a register is of an unknown kind");
  if (word(entry + 24) != states || marks < 1 || marks > states) wrong("states or marks are out of range");
  for (u64 row = 0; row < n_cycles; ++row) {
    if (row && representative(row) <= representative(row - 1)) wrong("cycles are not in order");
    if (first(row) > first(row + 1) || period(row) > states - all) wrong("the periods are more than all states");
    all += period(row);
    check_cycle(row);
  }
  if (kind == 1 && all != states) wrong("%" PRIu64 " states are on cycles, of %" PRIu64, all, states);
  if (kind == 1 && n_order != marks) wrong("marks are missing in the order");
  if (kind == 2) check_transients();
  printf("%" PRIu64 " states, %" PRIu64 " marks, %" PRIu64 " cycles: right\n", states, marks, n_cycles);
  free(program);
  free(copy);
}

int main(int argc, char **argv) {
  if (argc != 2) wrong("give the name of one file");
  read_file(argv[1]);
  check_sums();
  if (!word(24)) wrong("it has no register");
  for (u64 i = 0; i < word(24); ++i) check_register(word(32) + 128 * i);
  return 0;
}
