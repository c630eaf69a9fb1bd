#include "scoring/failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "gforbit/core/text.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr std::size_t kShown = 5;
constexpr std::size_t kShownTail = 200;

bool is_made(CallStatus status) {
  return status != CallStatus::cancelled && status != CallStatus::skipped;
}

bool is_failed(CallStatus status) {
  return is_broken(status) || status == CallStatus::bad_output;
}

/// A program that never had an output has failed, even if it said so in good form.
bool is_silent(const SolverEnds& ends) {
  return ends.is_program && ends.counts.sum(has_output) == 0;
}

}  // namespace

std::uint64_t StatusCounts::sum(const std::function<bool(CallStatus)>& which) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) sum += which(static_cast<CallStatus>(i)) ? counts_[i] : 0;
  return sum;
}

std::string StatusCounts::text(const std::function<bool(CallStatus)>& which) const {
  std::string text;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0 || !which(static_cast<CallStatus>(i))) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts_[i], kStatusNames[i]);
  }
  return text;
}

std::uint64_t SolverEnds::n_failed() const {
  return is_silent(*this) ? n_rows() : counts.sum(is_failed);
}

std::uint64_t SolverEnds::n_rows() const {
  return counts.sum(is_made);
}

bool SolverEnds::only_bad() const {
  return n_rows() > 0 && counts.of(CallStatus::bad_output) == n_rows();
}

std::vector<std::uint32_t> worst_solvers(const std::vector<SolverEnds>& solvers) {
  std::vector<std::uint32_t> order(solvers.size());
  std::iota(order.begin(), order.end(), 0U);
  std::erase_if(order, [&](std::uint32_t solver) { return solvers[solver].n_failed() == 0; });
  std::ranges::stable_sort(order, std::greater(), [&](std::uint32_t solver) {
    return std::pair(solvers[solver].counts.sum(is_failed), solvers[solver].n_failed());
  });
  order.resize(std::min(order.size(), kShown));
  return order;
}

std::string stderr_text(std::string_view tail) {
  tail = core::trimmed(tail);
  tail.remove_prefix(tail.size() - std::min(tail.size(), kShownTail));
  if (tail.empty()) return {};
  return fmt::format("; its standard error ends with {}", core::quoted(core::as_utf8(tail), kShownTail));
}

std::string failure_text(const std::string& solver, const SolverEnds& ends, const CallWords& said) {
  const bool silent = is_silent(ends);
  const std::string text = fmt::format(
      "solver {}: {} of {} rows failed ({})", core::quoted(solver), ends.n_failed(), ends.n_rows(),
      ends.counts.text([&](CallStatus s) { return silent ? is_made(s) : is_failed(s); }));
  if (said.message.empty()) return text;
  return text + fmt::format("; on task {}: {}{}", core::quoted(said.task), said.message,
                            stderr_text(said.stderr_tail));
}

}  // namespace gforbit::job_scoring
