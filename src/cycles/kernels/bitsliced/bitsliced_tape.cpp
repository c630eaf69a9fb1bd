#include "bitsliced_tape.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <map>
#include <optional>
#include <utility>

#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

/// Of cells and complements of cells, both increasing; empty: the constant 1.
struct Product {
  std::vector<int> cells, complements;
  [[nodiscard]] std::size_t size() const { return cells.size() + complements.size(); }
};

std::vector<int> cells_of(std::uint64_t mask) {
  std::vector<int> cells;
  for (; mask != 0; mask &= mask - 1) cells.push_back(std::countr_zero(mask));
  return cells;
}

using Operand = std::function<std::int32_t(int cell)>;

class Compiler {
 public:
  explicit Compiler(const fsr::Feedback& feedback) {
    read(feedback);
    int highest = 0;
    for (const fsr::SignedProduct& product : fsr::signed_products(feedback)) {
      if (product.cells != 0)
        highest = std::max(highest, static_cast<int>(std::bit_width(product.cells)) - 1);
    }
    unread_ = tape_.degree - highest;
    tape_.steps = kBlock;
    while (tape_.steps > unread_) tape_.steps /= 2;
    tape_.vectors = kBlock / tape_.steps;
    operand_ = [degree = tape_.degree, vectors = tape_.vectors](int cell) {
      return (cell - degree) * vectors;
    };
  }

  Compiler(const fsr::Feedback& function, int steps, Operand operand) : operand_(std::move(operand)) {
    read(function);
    tape_.steps = steps;
    tape_.vectors = kBlock / steps;
  }

  Tape compile() {
    while (const auto cell = most_shared()) factor_out(*cell);
    flat(products_, false);
    start_sum();
    tape_.wide = unread_ >= 2 * kBlock && std::ranges::all_of(tape_.instructions, [](const Instruction& in) {
                   return in.op < Op::add_product || in.op == Op::add_constant;
                 });
    return std::move(tape_);
  }

 private:
  /// The cell that most products share, if that spares loads: an inner sum of n products costs one load where
  /// n were.
  [[nodiscard]] std::optional<int> most_shared() const {
    std::map<int, int> count;
    for (const auto& product : products_) {
      if (product.size() < 2) continue;
      for (const int cell : product.cells) ++count[cell];
    }
    const auto most = std::max_element(count.begin(), count.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == count.end() || most->second < 2 ? std::nullopt : std::optional(most->first);
  }

  void factor_out(int cell) {
    std::vector<Product> inner, rest;
    for (auto& product : products_) {
      const auto at = std::find(product.cells.begin(), product.cells.end(), cell);
      if (at == product.cells.end()) {
        rest.push_back(std::move(product));
      } else {
        product.cells.erase(at);
        inner.push_back(std::move(product));
      }
    }
    emit(Op::inner_zero);
    flat(inner, true);
    emit(Op::fold, operand(cell));
    products_ = std::move(rest);
  }

  void flat(const std::vector<Product>& products, bool inner) {
    const auto at = [&](Op op) { return inner ? inner_form(op) : op; };
    std::vector<int> single;
    for (const Product& product : products) {
      const std::vector<int>& p = product.cells;
      if (!product.complements.empty()) {
        add_product(at(Op::add_product), product);
        continue;
      }
      switch (p.size()) {
        case 0:
          emit(at(Op::add_constant));
          break;
        case 1:
          single.push_back(p[0]);
          break;
        case 2:
          emit(at(Op::add_product_2), operand(p[0]), operand(p[1]));
          break;
        case 3:
          add_product_of_three(at(Op::add_product_3), p);
          break;
        default:
          add_product(at(Op::add_product), product);
      }
    }
    std::ranges::sort(single);
    while (single.size() >= 2) {
      // The closest ones together.
      auto pair = single.begin();
      for (auto i = pair; i + 1 != single.end(); ++i)
        if (i[1] - i[0] < pair[1] - pair[0]) pair = i;
      emit(at(Op::add_two), operand(pair[0]), operand(pair[1]));
      single.erase(pair, pair + 2);
    }
    if (!single.empty()) emit(at(Op::add_one), operand(single[0]));
  }

  void add_product(Op op, const Product& product) {
    emit(op, static_cast<std::int32_t>(tape_.operands.size()),
         static_cast<std::int32_t>(product.cells.size()),
         static_cast<std::int32_t>(product.complements.size()));
    for (const int cell : product.cells) tape_.operands.push_back(operand(cell));
    for (const int cell : product.complements) tape_.operands.push_back(operand(cell));
  }

  /// The two cells that are closest first.
  void add_product_of_three(Op op, const std::vector<int>& p) {
    if (p[1] - p[0] <= p[2] - p[1]) {
      emit(op, operand(p[0]), operand(p[1]), operand(p[2]));
    } else {
      emit(op, operand(p[1]), operand(p[2]), operand(p[0]));
    }
  }

  /// Makes an instruction that adds single cells the one that starts the sum.
  void start_sum() {
    auto& all = tape_.instructions;
    auto first = std::ranges::find(all, Op::add_two, &Instruction::op);
    if (first == all.end()) first = std::ranges::find(all, Op::add_one, &Instruction::op);
    if (first == all.end()) return;
    first->op = first->op == Op::add_two ? Op::set_two : Op::set_one;
    std::rotate(all.begin(), first, first + 1);
  }

  static Op inner_form(Op op) {
    return static_cast<Op>(static_cast<std::int32_t>(op) + static_cast<std::int32_t>(Op::inner_add_one) -
                           static_cast<std::int32_t>(Op::add_one));
  }

  static bool reads_pair(Op op) {
    constexpr Op kPairs[] = {Op::add_two, Op::add_product_2, Op::add_product_3};
    return std::ranges::any_of(kPairs, [=](Op pair) { return op == pair || op == inner_form(pair); });
  }

  void read(const fsr::Feedback& function) {
    assert(function.field().order() == 2);
    tape_.degree = function.degree();
    for (const fsr::SignedProduct& product : fsr::signed_products(function))
      products_.push_back({cells_of(product.ones), cells_of(product.cells & ~product.ones)});
  }

  [[nodiscard]] std::int32_t operand(int cell) const { return operand_(cell); }

  void emit(Op op, std::int32_t a = 0, std::int32_t b = 0, std::int32_t c = 0) {
    const bool share_loads = reads_pair(op) && b > a && b - a <= kMostApart;
    tape_.instructions.push_back({op, a, b, c, share_loads ? b - a : 0});
  }

  Operand operand_;
  std::vector<Product> products_;
  int unread_ = 0;  ///< newest cells that the feedback does not read
  Tape tape_;
};

}  // namespace

Tape make_tape(const fsr::Feedback& feedback) {
  return Compiler(feedback).compile();
}

Tape make_tape(const fsr::Feedback& function, int steps,
               const std::function<std::int32_t(int cell)>& operand) {
  return Compiler(function, steps, operand).compile();
}

}  // namespace gforbit::cycles::bitsliced
