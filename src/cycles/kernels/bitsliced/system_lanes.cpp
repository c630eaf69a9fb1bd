#include "system_lanes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <iterator>

#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

/// What the rows of all runs may take, in or close to the first-level cache.
constexpr int kRowBytes = 32 * 1024;

}  // namespace

const SystemFunctions& system_functions_of(SimdLevel level) {
  assert(simd_available(level));
  switch (level) {
#if defined(__x86_64__)
    case SimdLevel::avx512:
      return __builtin_cpu_supports("avx512vpopcntdq") ? kAvx512PopcountSystemFunctions
                                                       : kAvx512SystemFunctions;
    case SimdLevel::avx2:
      return kAvx2SystemFunctions;
#endif
    default:
      return kSse2SystemFunctions;
  }
}

SystemLayout::SystemLayout(const fsr::System& system, int words) {
  find_runs(system);
  plan_memory(system, words);
  const auto run_vectors = static_cast<std::int32_t>(run_words_ / static_cast<std::size_t>(words));
  for (std::size_t run = 0; run < system.updates().size(); ++run) {
    const auto operand = [&, run](int cell) {
      const std::size_t of = run_of(cell);
      return (static_cast<std::int32_t>(of) - static_cast<std::int32_t>(run)) * run_vectors +
             (cell - first_cells_[of + 1]) * vectors_;
    };
    tapes_.push_back(make_tape(system.updates()[run].value, steps_, operand));
  }
}

int SystemLayout::last_run(const fsr::System& system) {
  return system.degree() - system.dropped_cells().back();
}

/// A run ends with a cell that has an update.
void SystemLayout::find_runs(const fsr::System& system) {
  first_cells_ = system.dropped_cells();
  first_cells_.push_back(system.degree());
  // No function may read a cell that is made in the same block.
  for (const fsr::System::Update& update : system.updates()) {
    std::uint64_t read = 0;
    for (const fsr::SignedProduct& product : fsr::signed_products(update.value)) read |= product.cells;
    for (; read != 0; read &= read - 1) {
      const int cell = std::countr_zero(read);
      while (steps_ > first_cells_[run_of(cell) + 1] - cell) steps_ /= 2;
    }
  }
  vectors_ = kBlock / steps_;
}

std::size_t SystemLayout::run_of(int cell) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(first_cells_, cell) - first_cells_.begin()) - 1;
}

void SystemLayout::plan_memory(const fsr::System& system, int words) {
  words_ = vectors_ * words;
  for (std::size_t run = 0; run + 1 < first_cells_.size(); ++run)
    history_ = std::max(history_, first_cells_[run + 1] - first_cells_[run]);
  const int rows = kRowBytes / (8 * words_ * static_cast<int>(system.updates().size()));
  const int groups = std::max(2 * history_, rows - history_) / kGroup;
  capacity_ = history_ + std::max(groups, 2) * kGroup;
  run_words_ = static_cast<std::size_t>(capacity_ + kSlackRows) * static_cast<std::size_t>(words_);
}

SystemMemory::SystemMemory(const SystemLayout& layout)
    : rows_(layout.run_words_ * layout.tapes_.size()), alive_(static_cast<std::size_t>(layout.words_)) {
  for (std::size_t i = 0; i < layout.tapes_.size(); ++i) {
    const Tape& tape = layout.tapes_[i];
    Lanes run;
    run.instructions = tape.instructions.data();
    run.instruction_count = static_cast<int>(tape.instructions.size());
    run.operands = tape.operands.data();
    run.degree = layout.first_cells_[i + 1] - layout.first_cells_[i];
    run.vectors = layout.vectors_;
    run.words = layout.words_;
    run.rows = rows_.data() + i * layout.run_words_;
    run.history = layout.history_;
    run.capacity = layout.capacity_;
    run.next_row = layout.history_;
    run.alive = alive_.data();
    runs_.push_back(run);
  }
  last = runs_.back();
  others = {runs_.data(), static_cast<int>(runs_.size()) - 1, layout.first_cells_.data(),
            layout.first_cells_.back()};
}

std::uint64_t state_of(const OtherRuns& others, const Lanes& last, int lane) {
  std::uint64_t state = 0;
  for (int i = 0; i <= others.count; ++i) {
    Lanes run = i < others.count ? others.runs[i] : last;
    run.next_row = last.next_row;
    state |= state_of(run, lane) << others.first_cells[i];
  }
  return state;
}

}  // namespace gforbit::cycles::bitsliced
