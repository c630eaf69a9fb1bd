/// The feedback of the q states that differ in the oldest cell only, which peeling takes one after the other.
/// Compiled twice (packed_walk.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "kernels/scalar/packed_walk.hpp"

namespace gforbit::cycles {

namespace {

/// How the feedback of such a block is found. Terms without the oldest cell are summed once for all q states.
/// What is left is a row of a table, or nothing; else each state is taken by itself.
struct BlockPlan {
  enum class Form { constant, row, whole };

  /// @param of  outlives this
  explicit BlockPlan(const PackedStep& of) : step(of), rest(of) {
    const auto has_oldest = [&](const PackedStep::Product& product) {
      return std::any_of(step.lookups.begin() + static_cast<std::ptrdiff_t>(product.first),
                         step.lookups.begin() + static_cast<std::ptrdiff_t>(product.last),
                         [](const PackedStep::Lookup& each) { return (each.cells & 1) != 0; });
    };
    std::vector<PackedStep::Product> with_oldest;
    std::copy_if(step.products.begin(), step.products.end(), std::back_inserter(with_oldest), has_oldest);
    std::erase_if(rest.products, has_oldest);
    if (with_oldest.empty()) {
      form = Form::constant;
    } else if (with_oldest.size() == 1 && with_oldest.front().last - with_oldest.front().first == 1) {
      form = Form::row;
      lookup = &step.lookups[with_oldest.front().first];
    }
  }
  BlockPlan(const BlockPlan&) = delete;
  BlockPlan& operator=(const BlockPlan&) = delete;

  const PackedStep& step;
  PackedStep rest;  ///< without the oldest cell
  Form form = Form::whole;
  const PackedStep::Lookup* lookup = nullptr;  ///< Form::row
};

/// The feedback of one block after the other.
template <class Value>
class BlockFeedback {
 public:
  /// @param plan  outlives this
  explicit BlockFeedback(const BlockPlan& plan)
      : step_(plan.step),
        walker_(plan.step),
        rest_walker_(plan.rest),
        form_(plan.form),
        lookup_(plan.lookup) {}

  /// The block of this packed state, whose oldest cell is 0.
  void begin(std::uint64_t packed) noexcept {
    packed_ = packed;
    if (form_ == Form::whole) return;
    rest_ = rest_walker_.feedback({packed, 0});
    // The oldest cell has the lowest bits of the key, so its values are neighbors.
    if (form_ == Form::row) row_ = values_of<Value>(step_) + lookup_->offset + gather_bits(packed, *lookup_);
  }

  /// Of the state of the block with this oldest cell.
  [[nodiscard, gnu::always_inline]] std::uint64_t operator()(std::uint64_t oldest) const noexcept {
    if (form_ == Form::constant) return rest_;
    if (form_ == Form::whole) return walker_.feedback({packed_ + oldest, 0});
    const std::uint64_t value = row_[oldest], order = step_.order;
    switch (step_.sum) {
      case PackedStep::Sum::exclusive_or:
        return rest_ ^ value;
      case PackedStep::Sum::modular:
        return rest_ + value - (rest_ + value >= order ? order : 0);
      default:
        return step_.add[rest_ * order + value];
    }
  }

  /// Calls use(feedback, states) until all q states have been used.
  template <class Use>
  [[gnu::always_inline]] void for_each(Use use) const {
    // In locals, because what `use` writes might be part of this object for all that the compiler knows.
    const std::uint64_t order = step_.order, rest = rest_;
    const Value* const row = row_;
    if (form_ == Form::constant) return use(rest, order);
    if (form_ == Form::whole) {
      for (std::uint64_t x = 0; x < order; ++x) use(walker_.feedback({packed_ + x, 0}), 1);
      return;
    }
    switch (step_.sum) {
      case PackedStep::Sum::exclusive_or:
        for (std::uint64_t x = 0; x < order; ++x) use(rest ^ row[x], 1);
        return;
      case PackedStep::Sum::modular:
        for (std::uint64_t x = 0; x < order; ++x) {
          const std::uint64_t sum = rest + row[x];
          use(sum - (sum >= order ? order : 0), 1);
        }
        return;
      case PackedStep::Sum::table:
        const std::uint16_t* const sums = step_.add.data() + rest * order;
        for (std::uint64_t x = 0; x < order; ++x) use(sums[row[x]], 1);
    }
  }

 private:
  using Form = BlockPlan::Form;
  const PackedStep& step_;
  DigitWalker<Value> walker_, rest_walker_;
  Form form_;
  const PackedStep::Lookup* lookup_;
  std::uint64_t packed_ = 0, rest_ = 0;
  const Value* row_ = nullptr;
};

}  // namespace
}  // namespace gforbit::cycles
