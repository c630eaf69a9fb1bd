// What the two plain programs share: a feedback over GF(2) from its text, a fast step, the answer as text.
// They know nothing of gforbit, so that they are something to compare with.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace plain {

/// `x0 + x3 + x5*x9 + 1` over GF(2): the cells that stand alone in one mask, whose parity is one instruction,
/// and a mask a product.
struct Feedback {
  int degree = 0;
  bool constant = false;
  std::uint64_t linear = 0;
  std::vector<std::uint64_t> products;

  Feedback(int cells, const std::string& text) : degree(cells) {
    std::uint64_t product = 0;
    bool is_term = false;
    for (const char* at = text.c_str();; ++at) {
      if (*at == 'x') {
        char* end = nullptr;
        const auto cell = std::strtoul(at + 1, &end, 10);
        if (end == at + 1 || cell >= static_cast<unsigned long>(degree)) fail(text);
        product |= std::uint64_t{1} << cell;
        is_term = true;
        at = end - 1;
      } else if (*at == '1') {
        is_term = true;
      } else if (*at == '+' || *at == '\0') {
        if (!is_term) fail(text);
        add(product);
        product = 0;
        is_term = false;
        if (*at == '\0') break;
      } else if (*at != '*' && *at != ' ') {
        fail(text);
      }
    }
    // f = x0 + g(x1, ...): the step is a bijection, and every walk comes back to where it began.
    bool bijective = (linear & 1) != 0;
    for (const auto mask : products) bijective = bijective && (mask & 1) == 0;
    if (!bijective) fail(text);
  }

 private:
  void add(std::uint64_t product) {
    if (product == 0) {
      constant = !constant;
    } else if (std::has_single_bit(product)) {
      linear ^= product;
    } else {
      products.push_back(product);
    }
  }
  [[noreturn]] static void fail(const std::string& text) {
    std::fprintf(stderr, "'%s' is no feedback x0 + g(x1, ...) over GF(2) in cells of the register\n",
                 text.c_str());
    std::exit(2);
  }
};

/// One step, compiled for a number of products, so that the loop over them is unrolled and the masks stay in
/// registers.
template <std::size_t N>
class Step {
 public:
  explicit Step(const Feedback& f)
      : linear_(f.linear), constant_(f.constant ? 1 : 0), top_(static_cast<unsigned>(f.degree) - 1) {
    for (std::size_t i = 0; i < N; ++i) products_[i] = f.products[i];
  }
  std::uint64_t operator()(std::uint64_t state) const {
    std::uint64_t bit = static_cast<std::uint64_t>(std::popcount(state & linear_)) ^ constant_;
    for (std::size_t i = 0; i < N; ++i) bit ^= (state & products_[i]) == products_[i] ? 1 : 0;
    return state >> 1 | (bit & 1) << top_;
  }

 private:
  std::uint64_t linear_, constant_;
  unsigned top_;
  std::uint64_t products_[N + 1] = {};
};

/// Calls `use(step)` with the step for this number of products.
template <std::size_t N = 0, class Use>
void with_step(const Feedback& f, Use&& use) {
  constexpr std::size_t kMost = 16;
  if (f.products.size() == N) {
    use(Step<N>(f));
  } else if constexpr (N < kMost) {
    with_step<N + 1>(f, use);
  } else {
    std::fprintf(stderr, "more than %zu products\n", kMost);
    std::exit(2);
  }
}

using Distribution = std::map<std::uint64_t, std::uint64_t>;  ///< period -> cycles

/// Runs `walk(step, states)` for the register on the command line and prints a line `period,cycles` a period.
template <class Walk>
int main(int argc, char** argv, Walk&& walk) {
  const int degree = argc == 3 ? std::atoi(argv[1]) : 0;
  if (degree < 1 || degree > 62) {
    std::fprintf(stderr, "usage: %s DEGREE FEEDBACK, for example: 26 'x0 + x3 + x5*x9'\n", argv[0]);
    return 2;
  }
  with_step(Feedback(degree, argv[2]), [&](const auto& step) {
    for (const auto& [period, cycles] : walk(step, std::uint64_t{1} << degree))
      std::printf("%llu,%llu\n", static_cast<unsigned long long>(period),
                  static_cast<unsigned long long>(cycles));
  });
  return 0;
}

}  // namespace plain
