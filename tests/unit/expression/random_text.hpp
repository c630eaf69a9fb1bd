// Random expressions: a text, and its value by an evaluation that shares nothing with the program.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::expression::test {

using galois::Element;
using Value = std::function<Element(const std::vector<Element>&)>;

struct Sample {
  std::string text;
  Value value;
};

class RandomText {
 public:
  RandomText(const galois::Field& field, int cells, std::uint64_t seed)
      : field_(field), cells_(cells), engine_(seed) {}

  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }

  /// Of any kind; in parentheses where it is not a single operand.
  Sample sample(int depth) {
    const int kind = depth <= 0 ? below(2) : below(field_.order() == 2 ? 12 : 7);
    switch (kind) {
      case 0:
        return constant();
      case 1:
        return cell();
      case 2:
      case 3:
        return list(depth, below(2) == 0 ? " + " : " - ");
      case 4:
        return list(depth, "*");
      case 5:
        return power(depth);
      case 6:
        return negative(depth);
      case 7:
        return list(depth, below(2) == 0 ? " | " : " or ");
      case 8:
        return list(depth, below(2) == 0 ? " & " : " and ");
      case 9:
        return complement(depth);
      case 10:
        return counting(depth);
      default:
        return table(depth);
    }
  }

 private:
  Sample constant() {
    const Element c = engine_() % field_.order();
    return {std::to_string(c), [c](const auto&) { return c; }};
  }
  Sample cell() {
    const int i = below(cells_);
    const std::string text = below(3) == 0 ? "x[" + std::to_string(i) + "]" : "x" + std::to_string(i);
    return {text, [i](const auto& cells) { return cells[static_cast<std::size_t>(i)]; }};
  }
  Sample list(int depth, const std::string& separator) {
    Sample all = sample(depth - 1);
    all.text = "(" + all.text;
    for (int i = below(3); i >= 0; --i) {
      const Sample next = sample(depth - 1);
      all.text += separator + next.text;
      all.value = [this, separator, a = all.value, b = next.value](const auto& cells) {
        const Element left = a(cells), right = b(cells);
        if (separator == " + ") return field_.add(left, right);
        if (separator == " - ") return field_.subtract(left, right);
        if (separator == " | " || separator == " or ") return left | right;
        return field_.multiply(left, right);
      };
    }
    all.text += ")";
    return all;
  }
  Sample power(int depth) {
    const Sample base = sample(depth - 1);
    const std::uint64_t n = 2 + engine_() % (2 * field_.order());
    return {"((" + base.text + ")^" + std::to_string(n) + ")",
            [this, n, b = base.value](const auto& cells) { return field_.power(b(cells), n); }};
  }
  Sample negative(int depth) {
    const Sample of = sample(depth - 1);
    return {"(-" + of.text + ")",
            [this, v = of.value](const auto& cells) { return field_.negate(v(cells)); }};
  }
  Sample complement(int depth) {
    const Sample of = sample(depth - 1);
    const char* const sign =
        std::vector<const char*>{"(!", "(~", "(not "}[static_cast<std::size_t>(below(3))];
    return {sign + of.text + ")", [v = of.value](const auto& cells) { return 1 - v(cells); }};
  }
  std::vector<Sample> inputs(int depth, int n) {
    std::vector<Sample> all;
    for (int i = 0; i < n; ++i) all.push_back(sample(depth - 1));
    return all;
  }
  static std::string joined(const std::vector<Sample>& inputs) {
    std::string text;
    for (const Sample& input : inputs) text += ", " + input.text;
    return text + ")";
  }
  static Element ones(const std::vector<Sample>& inputs, const std::vector<Element>& cells) {
    return static_cast<Element>(
        std::ranges::count_if(inputs, [&](const Sample& s) { return s.value(cells) != 0; }));
  }
  /// maj, mux or threshold.
  Sample counting(int depth) {
    const int kind = below(3);
    const auto in = inputs(depth, kind < 2 ? 3 : 1 + below(4));
    if (kind == 0)
      return {"maj(" + joined(in).substr(2),
              [in](const auto& cells) { return Element{ones(in, cells) >= 2}; }};
    if (kind == 1)
      return {"mux(" + joined(in).substr(2),
              [in](const auto& cells) { return in[in[0].value(cells) != 0 ? 1 : 2].value(cells); }};
    const auto k = static_cast<Element>(below(6));
    return {"threshold(" + std::to_string(k) + joined(in),
            [in, k](const auto& cells) { return Element{ones(in, cells) >= k}; }};
  }
  Sample table(int depth) {
    const auto in = inputs(depth, 1 + below(4));
    const std::uint64_t bits = engine_() & ((std::uint64_t{1} << (1U << in.size())) - 1);
    std::string hex;
    for (std::uint64_t rest = bits; hex.empty() || rest != 0; rest /= 16)
      hex.insert(hex.begin(), "0123456789abcdef"[rest % 16]);
    return {"table(0x" + hex + joined(in), [in, bits](const auto& cells) {
              std::size_t place = 0;
              for (std::size_t i = 0; i < in.size(); ++i) place |= in[i].value(cells) << i;
              return bits >> place & 1;
            }};
  }

  galois::Field field_;
  int cells_;
  std::mt19937_64 engine_;
};

}  // namespace gforbit::expression::test
