#include "digit_step.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <map>
#include <utility>

namespace gforbit::fsr {
namespace {
constexpr std::uint64_t kMaxTableOrder = 256;
}

DigitStep::DigitStep(const Feedback& feedback)
    : field_(feedback.field()),
      q_(field_.order()),
      is_power_of_two_(std::has_single_bit(q_)),
      bits_(std::countr_zero(q_)),
      by_q_(q_),
      small_(q_ <= kMaxTableOrder) {
  assert(q_ > 2);
  const auto degree = static_cast<std::size_t>(feedback.degree());
  assert(degree <= kMaxCells);
  std::vector<bool> occurs(degree);
  for (const Term& term : feedback.terms()) {
    for (const Factor& factor : term.factors) occurs[static_cast<std::size_t>(factor.cell)] = true;
  }
  std::vector<std::uint32_t> slot_of(degree, 0);
  std::uint64_t place = 1;
  for (std::size_t cell = 0; cell < degree; ++cell, place *= q_) {
    if (!occurs[cell]) continue;
    slot_of[cell] = static_cast<std::uint32_t>(cells_.size());
    cells_.push_back({core::Divider(place), bits_ * static_cast<int>(cell)});
  }
  const std::vector<CellProduct> sum = cell_products(feedback);
  for (const CellProduct& product : sum) {
    if (product.functions.empty()) constant_ = product.coefficient;
  }
  small_ ? compile_small(sum, slot_of) : compile_large(sum, slot_of);
}

void DigitStep::compile_small(std::span<const CellProduct> sum, const std::vector<std::uint32_t>& slot_of) {
  sum_ = field_.characteristic() == 2     ? Sum::exclusive_or
         : field_.extension_degree() == 1 ? Sum::modular
                                          : Sum::table;
  const auto table_of = [&](auto&& operation) {
    std::vector<std::uint8_t> table(q_ * q_);
    for (galois::Element a = 0; a < q_; ++a) {
      for (galois::Element b = 0; b < q_; ++b) table[a * q_ + b] = static_cast<std::uint8_t>(operation(a, b));
    }
    return table;
  };
  const bool has_products =
      std::ranges::any_of(sum, [](const CellProduct& product) { return product.functions.size() > 1; });
  if (has_products) multiply_ = table_of([&](auto a, auto b) { return field_.multiply(a, b); });
  if (sum_ == Sum::table) add_ = table_of([&](auto a, auto b) { return field_.add(a, b); });

  const auto new_table = [&] {
    const auto offset = static_cast<std::uint32_t>(tables_.size());
    tables_.resize(tables_.size() + q_, 0);
    return offset;
  };
  const auto add_function = [&](std::uint32_t offset, galois::Element coefficient,
                                const CellFunction& function) {
    for (galois::Element x = 0; x < q_; ++x) {
      const galois::Element value = field_.multiply(coefficient, function.at(field_, x));
      tables_[offset + x] = static_cast<std::uint8_t>(field_.add(tables_[offset + x], value));
    }
  };
  std::map<std::uint32_t, std::uint32_t> table_of_cell;  // by slot
  std::map<std::pair<galois::Element, std::uint64_t>, std::uint32_t>
      table_of_power;  // by coefficient and exponent
  for (const CellProduct& product : sum) {
    if (product.functions.size() == 1) {
      const std::uint32_t slot = slot_of[static_cast<std::size_t>(product.functions[0].cell)];
      if (!table_of_cell.contains(slot)) {
        table_of_cell[slot] = new_table();
        singles_.push_back({slot, table_of_cell[slot]});
      }
      add_function(table_of_cell[slot], product.coefficient, product.functions[0]);
    }
    if (product.functions.size() < 2) continue;
    const std::size_t first = lookups_.size();
    for (const CellFunction& function : product.functions) {
      const galois::Element coefficient = lookups_.size() == first ? product.coefficient : 1;
      const std::uint32_t slot = slot_of[static_cast<std::size_t>(function.cell)];
      if (!function.is_power()) {
        lookups_.push_back({slot, new_table()});
        add_function(lookups_.back().offset, coefficient, function);
        continue;
      }
      const std::pair key{coefficient, function.powers.front().exponent};
      if (!table_of_power.contains(key)) {
        table_of_power[key] = new_table();
        add_function(table_of_power[key], coefficient, function);
      }
      lookups_.push_back({slot, table_of_power[key]});
    }
    products_.push_back({1, first, lookups_.size()});
  }
}

void DigitStep::compile_large(std::span<const CellProduct> sum, const std::vector<std::uint32_t>& slot_of) {
  for (const CellProduct& product : sum) {
    if (product.functions.empty()) continue;
    const std::size_t first = functions_.size();
    for (const CellFunction& function : product.functions)
      functions_.push_back({slot_of[static_cast<std::size_t>(function.cell)], function});
    products_.push_back({product.coefficient, first, functions_.size()});
  }
}

void DigitStep::read(std::uint64_t state, Digits& digits) const noexcept {
  for (std::size_t slot = 0; slot < cells_.size(); ++slot) {
    if (is_power_of_two_) {
      digits[slot] = (state >> cells_[slot].shift) & (q_ - 1);
    } else {
      const std::uint64_t rest = cells_[slot].by_place.quotient(state);
      digits[slot] = rest - by_q_.quotient(rest) * q_;
    }
  }
}

galois::Element DigitStep::feedback(std::uint64_t state) const noexcept {
  Digits digits;
  read(state, digits);
  return small_ ? small_value(digits) : large_value(digits);
}

galois::Element DigitStep::small_value(const Digits& digits) const noexcept {
  std::uint64_t sum = constant_;
  const auto add = [&](std::uint64_t value) {
    if (sum_ == Sum::exclusive_or) {
      sum ^= value;
    } else if (sum_ == Sum::modular) {
      sum += value;  // far from 2^63; reduced once, below
    } else {
      sum = add_[sum * q_ + value];
    }
  };
  for (const Lookup& single : singles_) add(tables_[single.offset + digits[single.slot]]);
  for (const Product& product : products_) {
    std::uint64_t value = tables_[lookups_[product.first].offset + digits[lookups_[product.first].slot]];
    for (std::size_t k = product.first + 1; k < product.last; ++k) {
      value = multiply_[value * q_ + tables_[lookups_[k].offset + digits[lookups_[k].slot]]];
    }
    add(value);
  }
  return sum_ == Sum::modular ? sum - by_q_.quotient(sum) * q_ : sum;
}

galois::Element DigitStep::large_value(const Digits& digits) const noexcept {
  galois::Element sum = constant_;
  for (const Product& product : products_) {
    galois::Element value = product.coefficient;
    for (std::size_t k = product.first; k < product.last; ++k) {
      const Function& function = functions_[k];
      const galois::Element digit = digits[function.slot];
      value = field_.multiply(value, function.of.is_itself() ? digit : function.of.at(field_, digit));
    }
    sum = field_.add(sum, value);
  }
  return sum;
}

}  // namespace gforbit::fsr
