#include "cycles/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cycles/index_output.hpp"
#include "cycles/understood.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/mapping/cost.hpp"
#include "gforbit/fsr/cell_products.hpp"
#include "gforbit/sys/human.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::uint64_t kShownRegisters = 20;

/// Memory of the program itself, on top of tables.
constexpr std::uint64_t kBaseMemory = std::uint64_t{64} << 20;

/// Rates by field and cost of the feedback: measured once each, because a batch can hold a million registers.
class Rates {
 public:
  explicit Rates(cycles::MappingOptions options) : options_(options) {}

  [[nodiscard]] double of(const fsr::Register& reg) {
    if (reg.system() != nullptr) return cycles::measured_rate(reg, options_);
    const std::vector<fsr::Term> terms = terms_like(reg.feedback());
    const auto [at, is_new] = rates_.try_emplace({reg.field().order(), cost_of(terms)}, 0);
    if (is_new) at->second = measured(reg, terms);
    return at->second;
  }

 private:
  /// A step takes as long as the factors of its terms are many, so of a long feedback a part is measured,
  /// with the first terms: x0 is among them if it stands alone.
  [[nodiscard]] double measured(const fsr::Register& reg, const std::vector<fsr::Term>& terms) const {
    constexpr std::size_t kMostFactors = 8192;
    std::size_t all = 0, taken = 0;
    std::vector<fsr::Term> part;
    for (const fsr::Term& term : terms) {
      all += 1 + term.factors.size();
      if (all > kMostFactors && !part.empty()) continue;
      taken = all;
      part.push_back(term);
    }
    if (taken == all) return cycles::measured_rate(reg, options_);
    const fsr::Register shorter(fsr::Feedback::from_terms(reg.field(), reg.degree(), std::move(part)));
    return cycles::measured_rate(shorter, options_) * static_cast<double>(taken) / static_cast<double>(all);
  }

  [[nodiscard]] static std::size_t cost_of(const std::vector<fsr::Term>& terms) {
    return std::accumulate(
        terms.begin(), terms.end(), std::size_t{0},
        [](std::size_t sum, const fsr::Term& term) { return sum + 1 + term.factors.size(); });
  }

  /// Terms that cost as much as the products that the kernels take.
  [[nodiscard]] static std::vector<fsr::Term> terms_like(const fsr::Feedback& feedback) {
    if (feedback.field().order() == 2 && feedback.has_terms())
      return {feedback.terms().begin(), feedback.terms().end()};
    std::vector<fsr::Term> terms;
    if (feedback.has_terms()) {
      for (const fsr::CellProduct& product : fsr::cell_products(feedback)) {
        fsr::Term& term = terms.emplace_back(fsr::Term{product.coefficient, {}});
        for (const fsr::CellFunction& function : product.functions)
          term.factors.push_back({function.cell, function.powers.back().exponent});
      }
      return terms;
    }
    for (const fsr::SignedProduct& product : feedback.products()) {
      fsr::Term& term = terms.emplace_back(fsr::Term{1, {}});
      for (std::uint64_t rest = product.cells; rest != 0; rest &= rest - 1)
        term.factors.push_back({std::countr_zero(rest), 1});
    }
    return terms;
  }

  cycles::MappingOptions options_;
  std::map<std::pair<std::uint64_t, std::size_t>, double> rates_;
};

constexpr std::size_t kMaxText = 200;  ///< characters of a form

void print_understood(std::ostream& out, const fsr::Register& reg) {
  const auto line = [&](std::string_view name, std::string_view value) {
    out << fmt::format("  {:12}{}{}\n", name, value.substr(0, kMaxText),
                       value.size() > kMaxText ? "..." : "");
  };
  if (reg.system() != nullptr) return line("system", reg.text());
  const fsr::Feedback& feedback = reg.feedback();
  line("feedback", feedback.text());
  for (const auto& [name, value] : linear_forms(feedback)) line(name, value);
  for (const std::string& note : notes(feedback)) line("note", note);
}

/// One time, or two where they differ.
std::string time_range(double least_s, double most_s) {
  const std::string least = sys::duration_text(least_s);
  return most_s > 2 * least_s ? fmt::format("{} to {}", least, sys::duration_text(most_s)) : least;
}

}  // namespace

namespace {

/// What one register costs.
struct RegisterPlan {
  std::string text;
  cycles::Cost cost{.ranges = 0};  ///< of enumeration
  double seconds = 0, bad_seconds = 0;
  bool refused = false;
};

RegisterPlan plan_of(const RegisterRequest& request, const PlanSettings& settings,
                     const cycles::MappingOptions& options, int threads, Rates& rates) {
  RegisterPlan plan;
  const bool linear = request.reg.has_algebra();
  if (linear && request.method != Method::enumerate && !settings.verify && !request.index) {
    plan.text = "algebraic, no states visited";
  } else if (request.reg.enumerable_state_count()) {
    plan.cost = cycles::expected_cost(request.reg, options);
    const cycles::Cost& cost = plan.cost;
    const double good = cost.good_seconds > 0 ? cost.good_seconds : cost.steps / rates.of(request.reg);
    const bool is_short = request.reg.length() <= cycles::kShortFeedback;
    plan.bad_seconds = cost.bad_seconds > 0 && is_short ? cost.bad_seconds : std::max(cost.bad_seconds, good);
    plan.seconds = std::min(good, plan.bad_seconds);
    if (settings.double_check) {
      plan.seconds *= 2;
      plan.bad_seconds *= 2;
      plan.cost.steps *= 2;
      plan.cost.ranges *= 2;
    }
    const int sharing = cost.shared ? threads : 1;
    plan.text =
        fmt::format("enumerated {}{}, {}, {} of tables, {}", settings.double_check ? "twice " : "",
                    cost.method, core::counted(cost.ranges, "range"), sys::bytes_text(cost.table_bytes),
                    time_range(plan.seconds / sharing, plan.bad_seconds / sharing));
  } else {
    plan.text = "too many states to enumerate: will fail";
    plan.refused = true;
  }
  return plan;
}

}  // namespace

std::string plan_text(const RegisterRequest& request, const PlanSettings& settings) {
  const cycles::MappingOptions options = mapping_options(settings);
  Rates rates(options);
  return plan_of(request, settings, options, options.threads, rates).text;
}

void print_plan(std::ostream& out, BatchInput& input, const PlanSettings& settings,
                std::span<const sys::RankPlacement> ranks, const index::BuildOptions& build) {
  const int threads =
      std::accumulate(ranks.begin(), ranks.end(), 0, [](int sum, const auto& r) { return sum + r.threads; });
  const std::uint64_t n = input.size();
  const cycles::MappingOptions options = mapping_options(settings);
  Rates rates(options);
  cycles::Cost all{.ranges = 0};
  double seconds = 0, bad_seconds = 0;
  std::uint64_t refused = 0, index_bytes = 0;
  for (std::uint64_t row = 0; row < n; ++row) {
    const RegisterRequest request = input.at(row);
    const RegisterPlan plan = plan_of(request, settings, options, threads, rates);
    seconds += plan.seconds;
    bad_seconds += plan.bad_seconds;
    all.steps += plan.cost.steps;
    all.ranges += plan.cost.ranges;
    all.table_bytes = std::max(all.table_bytes, plan.cost.table_bytes);
    refused += plan.refused ? 1 : 0;
    if (request.index) index_bytes += expected_index_bytes(request.reg, build, options);
    if (row >= kShownRegisters) continue;
    out << fmt::format("{}: GF({}), degree {}, {} states: {}\n", request.id, request.reg.field().order(),
                       request.reg.degree(), core::decimal(request.reg.state_count()), plan.text);
    print_understood(out, request.reg);
  }
  if (n > kShownRegisters) out << fmt::format("... and {}\n", core::counted(n - kShownRegisters, "register"));
  out << fmt::format("total: {}, {} steps in {}, {} memory on rank 0, {} on {}; {} cannot be done\n",
                     core::counted(n, "register"), sys::quantity_text(all.steps),
                     core::counted(all.ranges, "range"), sys::bytes_text(all.table_bytes + kBaseMemory),
                     time_range(seconds / threads, bad_seconds / threads),
                     core::counted(static_cast<std::uint64_t>(threads), "thread"), refused);
  if (settings.index)
    out << fmt::format("index: {}, and 24 bytes for each cycle\n", sys::bytes_text(index_bytes));
  out << "dry run: nothing was computed or written\n";
}

}  // namespace gforbit::job_cycles
