#include <algorithm>
#include <cassert>

#include "gforbit/scoring/builtins.hpp"

namespace gforbit::scoring {

namespace {

/// Builtins that an enumeration uses: all but the identity, which comes first.
std::uint64_t alphabet() {
  return builtins().size() - 1;
}

}  // namespace

std::string composition_text(const Composition& composition) {
  std::string text;
  for (const std::uint32_t builtin : composition) {
    if (!text.empty()) text += '+';
    text += builtins()[builtin].name;
  }
  return text;
}

std::uint64_t composition_count(int depth) {
  assert(depth >= 1 && depth <= kDeepest);
  std::uint64_t count = 0, of_length = 1;
  for (int length = 1; length <= depth; ++length) {
    of_length *= alphabet();
    count += of_length;
  }
  return count;
}

Composition composition_at(std::uint64_t index) {
  std::size_t length = 1;
  for (std::uint64_t of_length = alphabet(); index >= of_length; of_length *= alphabet()) {
    index -= of_length;
    ++length;
  }
  Composition composition(length);
  for (std::size_t i = length; i-- > 0; index /= alphabet()) {
    composition[i] = static_cast<std::uint32_t>(1 + index % alphabet());
  }
  return composition;
}

TaskImages::TaskImages(const Task& task, bool hide_demo) : task_(task), hide_demo_(hide_demo) {
  Images inputs;
  for (std::size_t i = 0; i < task.n_samples(); ++i) inputs.emplace_back(task.sample(i).input);
  stages_.push_back(std::move(inputs));
}

const std::vector<std::optional<Grid>>& TaskImages::apply(const Composition& composition,
                                                          const core::StopSignal& stop) {
  const auto [ours, theirs] = std::ranges::mismatch(applied_, composition);
  applied_.erase(ours, applied_.end());
  stages_.resize(applied_.size() + 1);
  for (auto next = theirs; next != composition.end(); ++next) {
    if (stop.stop_requested()) {
      stages_.resize(1);
      stages_.emplace_back(task_.n_samples());
      applied_.clear();
      const auto& nothing = stages_.back();
      return nothing;
    }
    stages_.push_back(step(builtins()[*next], stages_.back()));
    applied_.push_back(*next);
  }
  return stages_.back();
}

TaskImages::Images TaskImages::step(const Builtin& builtin, const Images& before) const {
  Images after(before.size());
  std::vector<DemoImage> demos;
  const auto see_demos = [&](std::size_t sample) {
    demos.clear();
    for (std::size_t i = 0; i < task_.demos.size(); ++i) {
      if (!before[i] || (hide_demo_ && i == sample)) continue;
      demos.push_back({&*before[i], &*task_.demos[i].output});
    }
  };
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i]) continue;
    if (builtin.learns) see_demos(i);
    after[i] = builtin.apply(*before[i], demos);
  }
  return after;
}

}  // namespace gforbit::scoring
