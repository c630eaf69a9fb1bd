/* The plain method for one register, compiled for it: what gforbit is compared with by cliffs.sh.
 * Nonsingular: walk from each state that is not in a bitmap of visited states. Singular: count predecessors, take
 * states without any away level by level, and walk the cycles that are left.
 * Compile with -DQ= -DDEGREE= -DSINGULAR=0|1 '-DFEEDBACK=...' in x(i), add(a, b), mul(a, b), power(a, n), and for
 * fields of prime power order -DP= -DM= '-DMODULUS={...}'. Prints lines `period,cycles`, then `transient,N,LENGTH`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint64_t u64;
static u64 place[DEGREE + 1];
#if Q == 2
#define x(i) (s >> (i) & 1)
#define add(a, b) ((a) ^ (b))
#define mul(a, b) ((a) & (b))
#else
#define POWER(i) ((i) == 0 ? 1ull : powers((i)))
static inline u64 powers(int i) {
  u64 n = 1;
  while (i-- > 0) n *= Q;
  return n;
}
#define x(i) (s / POWER(i) % Q)
#if !defined(M)
#define add(a, b) (((a) + (b)) % Q)
#define mul(a, b) ((u64)(a) * (b) % Q)
#else
/* Products by logarithms of a generator, sums by a table (or XOR in characteristic 2). */
static uint16_t exponent[2 * Q], logarithm[Q];
#if P == 2
#define add(a, b) ((a) ^ (b))
static unsigned slow_add(unsigned a, unsigned b) { return a ^ b; }
#else
static uint16_t sums[Q][Q];
#define add(a, b) ((u64)sums[a][b])
static unsigned slow_add(unsigned a, unsigned b) {
  unsigned sum = 0;
  for (unsigned unit = 1; unit < Q; unit *= P, a /= P, b /= P) sum += (a % P + b % P) % P * unit;
  return sum;
}
#endif
static inline u64 mul(u64 a, u64 b) { return a == 0 || b == 0 ? 0 : exponent[logarithm[a] + logarithm[b]]; }
static unsigned slow_mul(unsigned a, unsigned b) {
  static const unsigned modulus[] = MODULUS;
  unsigned product = 0;
  for (; b > 0; b /= P) {
    for (unsigned n = b % P; n > 0; --n) product = slow_add(product, a);
    unsigned top = a / (Q / P), shifted = a % (Q / P) * P, low = 0;
    for (unsigned i = 0, unit = 1; i < M; ++i, unit *= P) low += modulus[i] * unit;
    a = shifted;
    for (unsigned n = top * (P - 1) % P; n > 0; --n) a = slow_add(a, low);
  }
  return product;
}
static void make_field(void) {
  for (unsigned g = 2;; ++g) {
    unsigned a = 1, n = 0;
    do {
      exponent[n] = (uint16_t)a;
      logarithm[a] = (uint16_t)n++;
      a = slow_mul(a, g);
    } while (a != 1);
    if (n == Q - 1) break;
  }
  for (unsigned n = 0; n < Q; ++n) exponent[Q - 1 + n] = exponent[n];
#if P != 2
  for (unsigned a = 0; a < Q; ++a)
    for (unsigned b = 0; b < Q; ++b) sums[a][b] = (uint16_t)slow_add(a, b);
#endif
}
#endif
#endif
static inline u64 power(u64 a, unsigned n) {
  u64 result = 1;
  while (n-- > 0) result = mul(result, a);
  return result;
}
static inline u64 next(u64 s) { return s / Q + (u64)(FEEDBACK) * place[DEGREE - 1]; }

struct Count {
  u64 period, cycles;
};
static struct Count *counts;
static size_t n_counts, room;
static int by_period(const void *a, const void *b) {
  const u64 x = ((const struct Count *)a)->period, y = ((const struct Count *)b)->period;
  return x < y ? -1 : x > y;
}
static void add_cycle(u64 period) {
  static size_t last;
  if (last < n_counts && counts[last].period == period) {
    ++counts[last].cycles;
    return;
  }
  for (last = 0; last < n_counts && counts[last].period != period; ++last) continue;
  if (last == n_counts) {
    if (n_counts == room) counts = realloc(counts, (room = 2 * room + 64) * sizeof *counts);
    counts[n_counts++] = (struct Count){period, 0};
  }
  ++counts[last].cycles;
}

int main(void) {
  place[0] = 1;
  for (int i = 1; i <= DEGREE; ++i) place[i] = place[i - 1] * Q;
#if defined(M)
  make_field();
#endif
  const u64 states = place[DEGREE];
  u64 transient = 0, length = 0;
#if SINGULAR
#if Q <= 255
  typedef uint8_t Degree;
#else
  typedef uint16_t Degree;
#endif
  Degree *left = calloc(states, sizeof *left);
  for (u64 s = 0; s < states; ++s) ++left[next(s)];
  u64 *level = NULL, *further = NULL, n = 0, m = 0, size = 0, space = 0;
  for (u64 s = 0; s < states; ++s)
    if (left[s] == 0) {
      if (n == size) level = realloc(level, (size = 2 * size + 4096) * sizeof *level);
      level[n++] = s;
    }
  for (; n > 0; ++length) {
    transient += n;
    m = 0;
    for (u64 i = 0; i < n; ++i) {
      const u64 t = next(level[i]);
      if (--left[t] > 0) continue;
      if (m == space) further = realloc(further, (space = 2 * space + 4096) * sizeof *further);
      further[m++] = t;
    }
    u64 *const other = level;
    level = further, further = other;
    const u64 kept = size;
    size = space, space = kept, n = m;
  }
  for (u64 start = 0; start < states; ++start) {
    u64 period = 0;
    for (u64 s = start; left[s] != 0; s = next(s)) left[s] = 0, ++period;
    if (period > 0) add_cycle(period);
  }
#else
  u64 *visited = calloc(states / 64 + 1, 8);
  for (u64 start = 0; start < states; ++start) {
    if (visited[start / 64] >> (start % 64) & 1) continue;
    u64 s = start, period = 0;
    do {
      visited[s / 64] |= 1ull << (s % 64);
      s = next(s);
      ++period;
    } while (s != start);
    add_cycle(period);
  }
#endif
  qsort(counts, n_counts, sizeof *counts, by_period);
  for (size_t i = 0; i < n_counts; ++i)
    printf("%llu,%llu\n", (unsigned long long)counts[i].period, (unsigned long long)counts[i].cycles);
  printf("transient,%llu,%llu\n", (unsigned long long)transient, (unsigned long long)length);
  return 0;
}
