// Texts of polynomials: the parser of expressions with a sink that multiplies out.
#include <fmt/format.h>

#include <bit>
#include <map>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/expression/parser.hpp"
#include "place.hpp"

namespace gforbit::expression {
namespace {

using Polynomial = std::map<std::uint64_t, Element>;  ///< by exponent; no zeros

constexpr std::uint64_t kMostProducts = std::uint64_t{1} << 24;  ///< of coefficients, of one text

class PolynomialSink final : public Sink {
 public:
  PolynomialSink(const galois::Field& field, std::uint64_t most) : field_(field), most_(most) {}

  Id constant(Element value) override { return keep(value == 0 ? Polynomial{} : Polynomial{{0, value}}); }
  Id cell(std::uint64_t) override { return keep({{1, 1}}); }
  Id sum(std::span<const Id> operands) override {
    Polynomial result;
    for (const Id id : operands) {
      for (const auto& [exponent, value] : made_[id]) add(result, exponent, value);
    }
    return keep(std::move(result));
  }
  Id product(std::span<const Id> operands) override {
    Polynomial result{{0, 1}};
    for (const Id id : operands) result = times(result, made_[id]);
    return keep(std::move(result));
  }
  Id power(Id base, std::uint64_t exponent) override {
    Polynomial square = made_[base];
    if (square.size() == 1) {  // c x^n
      const auto [n, c] = *square.begin();
      check_degree(n > 0 && exponent > most_ / n ? most_ + 1 : n * exponent);
      return keep({{n * exponent, field_.power(c, exponent)}});
    }
    Polynomial result{{0, 1}};
    for (;; exponent >>= 1) {
      if ((exponent & 1) != 0) result = times(result, square);
      if (exponent <= 1) return keep(std::move(result));
      square = times(square, square);
    }
  }
  Id function(Op, std::uint64_t, std::span<const Id>) override { throw core::InternalError("no polynomial"); }
  std::uint64_t table(Table) override { throw core::InternalError("no polynomial"); }

  [[nodiscard]] std::vector<Element> coefficients(Id id) const {
    const Polynomial& polynomial = made_[id];
    if (polynomial.empty()) return {};
    std::vector<Element> list(polynomial.rbegin()->first + 1, 0);
    for (const auto& [exponent, value] : polynomial) list[exponent] = value;
    return list;
  }

 private:
  Id keep(Polynomial polynomial) {
    made_.push_back(std::move(polynomial));
    return static_cast<Id>(made_.size() - 1);
  }
  void check_degree(std::uint64_t degree) const {
    if (degree > most_)
      throw core::InputError(fmt::format("the degree of the polynomial is above {}", most_));
  }
  void add(Polynomial& to, std::uint64_t exponent, Element value) const {
    const auto [at, is_new] = to.try_emplace(exponent, value);
    if (is_new) return;
    at->second = field_.add(at->second, value);
    if (at->second == 0) to.erase(at);
  }
  Polynomial times(const Polynomial& a, const Polynomial& b) {
    if (a.empty() || b.empty()) return {};
    check_degree(a.rbegin()->first + b.rbegin()->first);
    products_ += a.size() * b.size();
    if (products_ > kMostProducts)
      throw core::InputError("the polynomial is too long to multiply out: write the sum of its powers");
    Polynomial result;
    for (const auto& [i, c] : a) {
      for (const auto& [j, e] : b) add(result, i + j, field_.multiply(c, e));
    }
    return result;
  }

  const galois::Field& field_;
  std::uint64_t most_, products_ = 0;
  std::vector<Polynomial> made_;
};

std::vector<Element> of_bits(const Table& words) {
  std::vector<Element> list;
  for (std::size_t i = 0; i < 64 * words.size(); ++i) list.push_back(words[i / 64] >> (i % 64) & 1);
  while (!list.empty() && list.back() == 0) list.pop_back();
  return list;
}

}  // namespace

std::vector<Element> parse_polynomial(std::string_view text, const galois::Field& field, std::uint64_t most) {
  const std::string_view number = core::trimmed(text);
  if (number.starts_with("0x") || number.starts_with("0X")) {
    const Table words = parse_hex(number);
    if (words.empty())
      throw core::InputError(fmt::format("polynomial {} is no hexadecimal number", core::quoted(number)));
    if (field.order() != 2)
      throw core::InputError(
          "a hexadecimal number is a polynomial over GF(2): write its terms, as x^2 + 2*x + 1");
    if (words.size() > most / 64 + 1)
      throw core::InputError(fmt::format("the degree of the polynomial is above {}", most));
    return of_bits(words);
  }
  PolynomialSink sink(field, most);
  const std::vector<Cells> variable{{.name = "x"}};
  return sink.coefficients(parse(text, field, variable, "polynomial", sink));
}

}  // namespace gforbit::expression
