#include "cycles/plan_large.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "cycles/executions.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/cycles/mapping/again.hpp"

namespace gforbit::job_cycles {

namespace {

/// Large registers at work at once: while one waits for its contraction or its last ranges, the next one
/// keeps the ranks busy. More would only hold tables.
constexpr std::size_t kMostLarge = 3;

/// A bundle of small registers, in steps: tens of milliseconds of one core.
constexpr std::uint64_t kBundleWork = 1 << 21;
constexpr std::size_t kBundleRegisters = 256;

// Item numbers of the engine: odd for bundles, even for large registers, one for each group of units that
// become useless together: at most 2^6 octaves of 2^8 classes, and kGroupOfBasins. Algebra is an item of its
// own, because it is still wanted when the ranges are not.
constexpr std::uint64_t kItemsOfAMapping = std::uint64_t{1} << 20;
constexpr std::uint64_t kItemsOfARow = 2 * kItemsOfAMapping;
std::uint64_t item_of_group(std::uint64_t row, bool is_second, std::uint32_t group) {
  return row * kItemsOfARow + (is_second ? kItemsOfAMapping : 0) + 4 * std::uint64_t{group};
}
std::uint64_t item_of_algebra(std::uint64_t row) {
  return item_of_group(row, false, 0) + 2;
}
std::uint64_t item_of_bundle(std::uint64_t bundle) {
  return 2 * bundle + 1;
}

std::string too_many_states(const fsr::Register& reg, bool index) {
  const auto size = fmt::format("{}^{} states are more than the 2^63 that can be enumerated",
                                reg.field().order(), reg.degree());
  if (reg.has_algebra())
    return fmt::format("{}: {}use --method algebraic for this register, which needs no enumeration", size,
                       index ? "leave --index out and " : "");
  if (reg.system() == nullptr)
    return size + ", and a nonlinear register has no algebraic method: choose a smaller degree";
  return fmt::format(
      "{}, and the algebraic method is for linear and affine systems of at most {} cells: choose shorter "
      "registers",
      size, fsr::kMaxLinearSystem);
}

std::string not_linear(const fsr::Register& reg) {
  const bool enumerable = reg.enumerable_state_count().has_value();
  if (reg.system() == nullptr)
    return "the algebraic method applies to linear and affine registers only, and this one is nonlinear: " +
           (enumerable ? "use --method enumerate" : too_many_states(reg, false));
  return fmt::format(
      "the algebraic method applies to linear and affine systems of at most {} cells, and this one is {}: {}",
      fsr::kMaxLinearSystem, reg.kind() == fsr::FeedbackKind::nonlinear ? "nonlinear" : "larger",
      enumerable ? "use --method enumerate" : "choose shorter registers");
}

bool is_linear(const fsr::Register& reg) {
  return reg.has_algebra();
}

/// Of a unit that walks from marks: the first of them.
std::optional<std::uint64_t> first_mark(const cycles::MappingUnit& unit) {
  if (const auto* const segments = std::get_if<cycles::SegmentsUnit>(&unit.task))
    return segments->marks.begin.value;
  if (const auto* const basins = std::get_if<cycles::BasinsUnit>(&unit.task))
    return basins->marks.begin.value;
  return std::nullopt;
}

/// Steps for which algebra is asked to stand in a bundle: a few hundred microseconds.
constexpr std::uint64_t kAlgebraWork = 1 << 16;

}  // namespace

cycles::MappingOptions mapping_options(const PlanSettings& settings) {
  cycles::MappingOptions options = settings.mapping;
  options.threads = std::max(options.threads, options.ranks);
  options.memory_bytes /= std::clamp<std::uint64_t>(settings.registers, 1, kMostLarge);
  return options;
}

CyclesPlan::CyclesPlan(BatchInput& input, PlanSettings settings, skeleton::Clock clock)
    : input_(input),
      settings_(std::move(settings)),
      clock_(std::move(clock)),
      rows_(input, settings_.coalesce, settings_.spool_folder),
      queue_(clock_),
      goal_(settings_.stop_after),
      stopped_(clock_) {
  queue_.submit_batch(rows_.size(), [this](std::uint64_t row) {
    return rows_.first_equal(row) == row ? std::optional(input_.priority(row)) : std::nullopt;
  });
  rows_to_run_ = queue_.statistics().pending;
}

CyclesPlan::~CyclesPlan() = default;

// ---- handing out ------------------------------------------------------------------------------------------

std::optional<sched::Unit> CyclesPlan::next(int rank) {
  if (stopped_) return std::nullopt;
  for (;;) {
    for (std::size_t i = 0; i < large_.size(); ++i) {
      const std::size_t open_before = large_.size();
      if (auto unit = next_of(*large_[i], rank)) return unit;
      if (large_.size() != open_before) break;  // it failed and is gone
    }
    if (!computes(rank)) return std::nullopt;
    if (!bundle_.empty() && (bundle_work_ >= kBundleWork || bundle_.size() >= kBundleRegisters))
      return bundle();
    if (!open_next()) return bundle_.empty() ? next_guess() : bundle();
  }
}

/// Work that may be useless, for threads that would wait.
std::optional<sched::Unit> CyclesPlan::next_guess() {
  for (const auto& large : large_) {
    if (!large->mapping) continue;
    if (auto unit = unit_of(*large, large->mapping->next_guess()))
      return handed_out(*large, *std::move(unit));
  }
  return std::nullopt;
}

/// Opens the most urgent row; false if there is none or the memory does not allow another large register.
bool CyclesPlan::open_next() {
  if (large_.size() >= kMostLarge) return false;
  if (const auto taken = queue_.take()) {
    open(taken->id.value);
    return true;
  }
  if (deferred_.empty()) return false;
  large_.push_back(std::move(deferred_.front()));
  deferred_.pop_front();
  return true;
}

void CyclesPlan::open(std::uint64_t row) {
  const RegisterRequest request = input_.at(row);
  open_.emplace(row, identity_of(request));
  const bool enumerable = request.reg.enumerable_state_count().has_value();
  const auto whole = cycles::plan_whole(request.reg, mapping_options(settings_));
  const WorkOrder order = work_order(request);
  if (request.method == Method::algebraic && !is_linear(request.reg)) {
    close(row, RowStatus::failed, not_linear(request.reg));
  } else if (order.enumerate && !enumerable) {
    close(row, RowStatus::failed, too_many_states(request.reg, request.index));
  } else if (enumerable && (!order.enumerate || whole)) {
    add_to_bundle(request, row, order, whole.value_or(cycles::WholePlan{}));
  } else {
    large_.push_back(std::make_unique<LargeRegister>(
        LargeRegister{row, request.reg, RegisterSpec::of(request.reg), order, timeout_of(request)}));
    large_.back()->searches = order.enumerate || queue_.statistics().pending == 0;
  }
}

WorkOrder CyclesPlan::work_order(const RegisterRequest& request) const {
  const bool linear = is_linear(request.reg);
  const bool algebra = linear && request.method != Method::enumerate;
  const bool both = linear && settings_.verify && request.reg.enumerable_state_count().has_value();
  const bool enumerate = !algebra || both || request.index;
  return {.enumerate = enumerate,
          .algebra = (algebra && !request.index) || both,
          .twice = enumerate && settings_.double_check};
}

void CyclesPlan::add_to_bundle(const RegisterRequest& request, std::uint64_t row, WorkOrder order,
                               const cycles::WholePlan& whole) {
  bundle_.push_back({row, order, is_linear(request.reg), settings_.mapping.stored, settings_.mapping.basins,
                     settings_.sequences, timeout_of(request).count(), whole.bitsliced_marks,
                     settings_.mapping.simd, RegisterSpec::of(request.reg)});
  // The second mapping has kernels that are made for larger registers.
  constexpr std::uint64_t kTwice = 8;
  bundle_work_ += order.enumerate ? (order.twice ? kTwice : 1) * whole.work : kAlgebraWork;
}

std::optional<sched::Unit> CyclesPlan::bundle() {
  bundled_out_ += bundle_.size();
  bundle_work_ = 0;
  return sched::Unit{item_of_bundle(bundles_++), bytes_of(BundleUnit{std::exchange(bundle_, {})})};
}

std::optional<sched::Unit> CyclesPlan::next_of(LargeRegister& large, int rank) {
  std::optional<RegisterUnit> unit;
  if (rank == 0 && large.mapping) unit = unit_of(large, large.mapping->next_local());
  if (!unit && computes(rank)) unit = next_unit(large, rank);
  return unit ? std::optional(handed_out(large, *std::move(unit))) : std::nullopt;
}

/// What the mapping of the register wants done, with what other ranks need to know of the register.
std::optional<RegisterUnit> CyclesPlan::unit_of(const LargeRegister& large,
                                                std::optional<cycles::MappingUnit> of_mapping) {
  if (!of_mapping) return std::nullopt;
  return RegisterUnit{large.row, large.spec, *std::move(of_mapping)};
}

sched::Unit CyclesPlan::handed_out(LargeRegister& large, RegisterUnit unit) {
  const cycles::MappingUnit* const of_mapping = unit.mapping();
  large.local_out = large.local_out || (of_mapping != nullptr && is_local(*of_mapping));
  ++large.n_ranges;
  const std::uint32_t group = of_mapping == nullptr ? 0 : group_of(*of_mapping);
  const std::uint64_t item = unit.is_algebra() ? item_of_algebra(large.row)
                                               : item_of_group(large.row, large.first.has_value(), group);
  return {item, bytes_of(std::move(unit)), !large.begin.has_value()};
}

std::optional<RegisterUnit> CyclesPlan::next_unit(LargeRegister& large, int rank) {
  if (is_linear(large.reg) && !std::exchange(large.algebra_out, true))
    return RegisterUnit{large.row, large.spec, AlgebraUnit{large.timeout.count(), large.searches}};
  if (large.mapping) return unit_of(large, next_of_mapping(large, rank));
  if (large.order.enumerate && !std::exchange(large.classify_out, true))
    return RegisterUnit{large.row, large.spec, ClassifyUnit{}};
  return std::nullopt;
}

/// The second mapping gives a range of marks to another rank than the first one, unless only this one asks.
std::optional<cycles::MappingUnit> CyclesPlan::next_of_mapping(LargeRegister& large, int rank) const {
  if (!large.order.twice || settings_.mapping.ranks == 1) return large.mapping->next();
  if (!large.first) {
    auto unit = large.mapping->next();
    if (const auto mark = unit ? first_mark(*unit) : std::nullopt) large.first_ranks[*mark] = rank;
    return unit;
  }
  const auto is_for_others = [&](const cycles::MappingUnit& unit) {
    const auto mark = first_mark(unit);
    const auto after = mark ? large.first_ranks.upper_bound(*mark) : large.first_ranks.begin();
    return after != large.first_ranks.begin() && std::prev(after)->second == rank;
  };
  constexpr std::size_t kMostHeld = 2;
  auto& held = large.held_back;
  auto chosen = std::ranges::find_if_not(held, is_for_others);
  if (chosen == held.end()) {
    std::optional<cycles::MappingUnit> unit;
    while ((unit = large.mapping->next()) && is_for_others(*unit) && held.size() < kMostHeld)
      held.push_back(*std::move(unit));
    if (unit) return unit;
    if (held.empty()) return std::nullopt;
    chosen = held.begin();
  }
  std::optional<cycles::MappingUnit> unit = std::move(*chosen);
  held.erase(chosen);
  return unit;
}

std::unique_ptr<sched::Execution> CyclesPlan::local_work(std::uint64_t row) {
  for (const auto& large : large_) {
    if (large->row == row && large->mapping) return make_mapping_execution(large->mapping->local_work());
  }
  throw core::ProtocolError("a local unit belongs to no register at work");
}

// ---- taking back ------------------------------------------------------------------------------------------

void CyclesPlan::begun(const sched::Unit& unit) {
  const auto alone = register_unit(unit.body);
  LargeRegister* const large = alone ? find_large(alone->row) : nullptr;
  if (large == nullptr || large->begin) return;
  large->begin = clock_();
  queue_.begin({large->row});
}

void CyclesPlan::completed(const sched::Unit& unit, std::span<const std::byte> result) {
  if (stopped_) return;  // it was at hand when the stop came
  const JobUnit read = read_unit(unit.body);
  if (const auto* const bundle = std::get_if<BundleUnit>(&read)) {
    const std::vector<BundleEntry>& entries = bundle->entries;
    auto reports = core::from_bytes<MapReports>(result);
    if (reports.size() != entries.size())
      throw core::ProtocolError(
          fmt::format("a bundle of {} registers has {} results", entries.size(), reports.size()));
    bundled_out_ -= entries.size();
    for (std::size_t i = 0; i < entries.size() && !stopped_; ++i) {
      if (rows_.status(entries[i].row) != RowStatus::pending) continue;  // cancelled by a person
      steps_ += reports[i].steps;
      RowRecord record{entries[i].order, 1, std::move(reports[i]), entries[i].timeout_s};
      if (keep_) keep_(record.journal());
      settle(entries[i].row, std::move(record.report), record.order, 1);
    }
    return;
  }
  const auto& sent = std::get<RegisterUnit>(read);
  LargeRegister* const large = find_large(sent.row);
  if (large == nullptr) throw core::ProtocolError("a result belongs to no register at work");
  const auto* const algebra = std::get_if<AlgebraUnit>(&sent.task);
  if (algebra != nullptr && !algebra->searches && defer_search(*large, result)) return;
  try {
    const std::uint32_t phase = large->phase();
    merge_large(*large, sent, result);
    if (keep_) keep_range(*large, phase, sent, result);
    finish_if_done(*large);
  } catch (const core::CertificateError& e) {
    end_early(*large, RowStatus::failed, e.what());
  } catch (const cycles::MemoryShortage& e) {
    end_early(*large, RowStatus::failed, e.what());
  }
}

/// One that depends on unknown factors, and has time left to look for them, goes behind all others. False: it
/// does not, or has none.
bool CyclesPlan::defer_search(LargeRegister& large, std::span<const std::byte> result) {
  auto report = core::from_bytes<AlgebraReport>(result);
  const bool is_late = large.timeout.count() > 0 && elapsed_s(large) >= large.timeout.count();
  if (report.complete || report.cofactor == 0 || is_late) return false;
  large.proven = std::move(report);
  large.news = {};
  large.searches = true;
  large.algebra_out = false;
  const auto at = std::ranges::find_if(large_, [&](const auto& each) { return each.get() == &large; });
  deferred_.push_back(std::move(*at));
  large_.erase(at);
  return true;
}

void CyclesPlan::news(const sched::Unit& unit, std::span<const std::byte> news) {
  const auto alone = register_unit(unit.body);
  LargeRegister* const large = alone && alone->is_algebra() ? find_large(alone->row) : nullptr;
  if (large == nullptr) return;
  large->news = core::from_bytes<AlgebraNews>(news);
  large->news_at = clock_();
  if (large->news.proven) large->proven = std::exchange(large->news.proven, std::nullopt);
}

/// A stop makes algebra say what it has proven until then.
void CyclesPlan::withdrawn(const sched::Unit& unit, std::span<const std::byte> result) {
  const auto alone = register_unit(unit.body);
  LargeRegister* const large = alone && alone->is_algebra() ? find_large(alone->row) : nullptr;
  if (large != nullptr && !result.empty()) large->proven = core::from_bytes<AlgebraReport>(result);
}

std::optional<AlgebraReport> CyclesPlan::proven(std::uint64_t row) const {
  const auto waiting = std::ranges::find_if(deferred_, [&](const auto& each) { return each->row == row; });
  const LargeRegister* const large = waiting == deferred_.end() ? find_large(row) : waiting->get();
  if (large == nullptr) return std::nullopt;
  return large->algebra ? large->algebra : large->proven;
}

CyclesPlan::LargeRegister* CyclesPlan::find_large(std::uint64_t row) const {
  const auto at = std::find_if(large_.begin(), large_.end(), [&](const auto& l) { return l->row == row; });
  return at == large_.end() ? nullptr : at->get();
}

void CyclesPlan::merge_large(LargeRegister& large, const RegisterUnit& unit,
                             std::span<const std::byte> result) {
  if (const cycles::MappingUnit* const of_mapping = unit.mapping())
    return merge_mapping(large, *of_mapping, result);
  if (unit.is_algebra()) {
    large.algebra = core::from_bytes<AlgebraReport>(result);
  } else {
    large.nonsingular = core::from_bytes<bool>(result);
    large.mapping = cycles::make_mapping(large.reg, large.nonsingular, mapping_options(settings_));
  }
}

void CyclesPlan::merge_mapping(LargeRegister& large, const cycles::MappingUnit& unit,
                               std::span<const std::byte> result) {
  if (is_local(unit)) large.local_out = false;
  large.mapping->merge(unit, result);
  count_steps(large);
  for (const std::uint32_t group : large.mapping->take_outdated())
    cancelled_.push_back(item_of_group(large.row, large.first.has_value(), group));
}

/// Those that its mapping has taken since it was asked last.
void CyclesPlan::count_steps(LargeRegister& large) {
  const std::uint64_t steps = large.mapping->steps_done();
  steps_ += steps - std::exchange(large.steps_counted, steps);
}

void CyclesPlan::finish_if_done(LargeRegister& large) {
  if (large.order.twice && !large.first && large.mapping && large.mapping->complete()) begin_again(large);
  if (is_linear(large.reg) && !large.algebra) return;
  if (large.order.enumerate && (!large.mapping || !large.mapping->complete())) return;
  MapReport report;
  if (large.order.enumerate) {
    cycles::MapResult map = large.mapping->result();
    report.mappings_differ = large.first && !cycles::same_map(*large.first, map);
    if (large.first) map.steps += large.first->steps;
    report.set_enumerated(std::move(map), large.nonsingular);
  }
  report.status = RowStatus::completed;
  if (settings_.index && large.mapping) keep_segments(large);
  end_with(large, std::move(report));
}

cycles::MappingOptions CyclesPlan::options_of(const LargeRegister& large) const {
  const cycles::MappingOptions options = mapping_options(settings_);
  return large.first ? cycles::options_again(large.reg, large.nonsingular, options) : options;
}

/// The first mapping is complete: the second one.
void CyclesPlan::begin_again(LargeRegister& large) {
  if (settings_.index) keep_segments(large);
  cancel_mapping_of(large);
  large.first = large.mapping->result();
  auto again = cycles::make_mapping_again(large.reg, large.nonsingular, options_of(large));
  if (std::exchange(large.local_out, false)) large.retired = std::move(large.mapping);
  large.mapping = std::move(again);
  large.steps_counted = 0;
}

/// As long as those of all rows are few beside the memory; others are walked again for the index.
void CyclesPlan::keep_segments(LargeRegister& large) {
  auto segments = large.mapping->take_segments();
  if (!segments) return;
  constexpr std::uint64_t kShare = 4;
  const std::uint64_t bytes = 8 * segments->size();
  if (segments_bytes_ + bytes > settings_.mapping.memory_bytes / kShare) return;
  segments_bytes_ += bytes;
  segments_.insert_or_assign(large.row, *std::move(segments));
}

const cycles::SegmentBlock* CyclesPlan::segments(std::uint64_t row) const {
  const auto at = segments_.find(row);
  return at == segments_.end() ? nullptr : &at->second;
}

/// Without a result; what algebra knows of the register stays.
void CyclesPlan::end_early(LargeRegister& large, RowStatus status, std::string message) {
  MapReport report;
  report.status = status;
  report.message = std::move(message);
  if (large.mapping) report.steps = large.mapping->steps_done();
  end_with(large, std::move(report));
}

void CyclesPlan::end_with(LargeRegister& large, MapReport report) {
  const std::uint64_t row = large.row;
  report.row = row;
  report.state_count = large.reg.state_count();
  report.algebra = large.algebra ? std::move(large.algebra) : std::move(large.proven);
  report.elapsed_s = elapsed_s(large);
  if (keep_) keep_(RowRecord{large.order, large.n_ranges, report, large.timeout.count()}.journal());
  settle(row, std::move(report), large.order, large.n_ranges);
  end_large(row);
}

double CyclesPlan::elapsed_s(const LargeRegister& large) const {
  return large.begin ? std::chrono::duration<double>(clock_() - *large.begin).count() : 0;
}

void CyclesPlan::settle(std::uint64_t row, MapReport report, WorkOrder order, std::uint64_t n_ranges) {
  RowResult result;
  result.n_ranges = n_ranges;
  judge(std::move(report), order, result);
  end(row, result);
  methods_disagree_ = methods_disagree_ || result.methods_disagree;
  if (result.status == RowStatus::completed && has_maximal_period(result) && goal_.add()) cancel_rest();
}

void CyclesPlan::end(std::uint64_t row, const RowResult& result) {
  const auto identity = open_.extract(row);
  rows_.end(row, result, identity ? &identity.mapped() : nullptr);
  queue_.finish({row}, {skeleton::item_state(result.status), {}, {}});
  ++rows_done_;
}

void CyclesPlan::failed(const sched::Unit& unit, const std::string& message) {
  if (stopped_) return;
  const JobUnit read = read_unit(unit.body);
  if (const auto* const bundle = std::get_if<BundleUnit>(&read)) {
    bundled_out_ -= bundle->entries.size();
    for (const BundleEntry& entry : bundle->entries) {
      if (rows_.status(entry.row) == RowStatus::pending) close_kept(entry.row, RowStatus::failed, message);
    }
    return;
  }
  LargeRegister* const large = find_large(std::get<RegisterUnit>(read).row);
  if (large == nullptr) throw core::ProtocolError("a unit failed that belongs to no register at work");
  end_early(*large, RowStatus::failed, message);
}

void CyclesPlan::close(std::uint64_t row, RowStatus status, std::string message) {
  RowResult result;
  result.status = status;
  result.message = std::move(message);
  end(row, result);
}

void CyclesPlan::close_kept(std::uint64_t row, RowStatus status, const std::string& message) {
  if (keep_) keep_(EndedRecord{row, status, message}.journal());
  close(row, status, message);
}

/// A large register is done with; whatever is still out for it is cancelled.
void CyclesPlan::end_large(std::uint64_t row) {
  const auto ended = std::find_if(large_.begin(), large_.end(), [&](const auto& l) { return l->row == row; });
  if (ended == large_.end()) return;
  cancel_units_of(**ended);
  if ((*ended)->local_out) retired_.push_back(std::move(*ended));
  large_.erase(ended);
}

void CyclesPlan::cancel_units_of(const LargeRegister& large) {
  cancelled_.push_back(item_of_algebra(large.row));
  cancel_mapping_of(large);
}

void CyclesPlan::cancel_mapping_of(const LargeRegister& large) {
  const bool is_second = large.first.has_value();
  cancelled_.push_back(item_of_group(large.row, is_second, 0));  // also what is no unit of the mapping
  if (!large.mapping) return;
  for (const std::uint32_t group : large.mapping->groups_out())
    cancelled_.push_back(item_of_group(large.row, is_second, group));
}

std::vector<std::uint64_t> CyclesPlan::take_cancelled() {
  return std::exchange(cancelled_, {});
}

// ---- ending -----------------------------------------------------------------------------------------------

void CyclesPlan::tick() {
  if (stopped_) return;
  const auto now = clock_();
  std::vector<LargeRegister*> late;
  for (const auto& large : large_) {
    if (large->mapping) large->mapping->prepare();
    // Algebra alone keeps its own deadline, and then says what it has proven.
    if (!large->order.enumerate) continue;
    if (large->begin && large->timeout.count() > 0 && now - *large->begin > large->timeout)
      late.push_back(large.get());
  }
  for (LargeRegister* const large : late) end_early(*large, RowStatus::timed_out, {});
}

void CyclesPlan::stop() {
  stopped_.set();
  for (const auto& large : large_) cancel_units_of(*large);
  for (std::uint64_t i = 0; i < bundles_; ++i) cancelled_.push_back(item_of_bundle(i));
}

void CyclesPlan::cancel_rest() {
  if (stopped_) return;
  stop();
  const std::string why = "enough registers reached the goal of --stop-after";
  for (const auto* const registers : {&large_, &deferred_}) {
    for (const auto& large : *registers) cancel_large(*large, why);
  }
  std::move(large_.begin(), large_.end(), std::back_inserter(retired_));
  large_.clear();
  deferred_.clear();
  rows_done_ += rows_.end_rest(RowStatus::cancelled, why);
  open_.clear();
  queue_.cancel_all(why);
}

skeleton::Cancellation CyclesPlan::cancel(const std::string& id) {
  return skeleton::cancel_row(id, {.noun = "register",
                                   .size = rows_.size(),
                                   .id = [&](std::uint64_t row) { return input_.id(row); },
                                   .first_equal = [&](std::uint64_t row) { return rows_.first_equal(row); },
                                   .status = [&](std::uint64_t row) { return rows_.status(row); },
                                   .cancel = [&](std::uint64_t row) { cancel_row(row); }});
}

/// A small register that is out in a bundle ends here; what comes of it is not taken.
void CyclesPlan::cancel_row(std::uint64_t row) {
  queue_.cancel({row}, skeleton::kCancelledByPerson);
  std::erase_if(bundle_, [&](const BundleEntry& entry) { return entry.row == row; });
  const auto waiting = std::ranges::find_if(deferred_, [&](const auto& each) { return each->row == row; });
  if (waiting != deferred_.end()) {
    large_.push_back(std::move(*waiting));
    deferred_.erase(waiting);
  }
  if (LargeRegister* const large = find_large(row)) {
    end_early(*large, RowStatus::cancelled, skeleton::kCancelledByPerson);
  } else {
    close_kept(row, RowStatus::cancelled, skeleton::kCancelledByPerson);
  }
}

/// What algebra has proven of a register at work stays with its row.
void CyclesPlan::cancel_large(const LargeRegister& large, const std::string& why) {
  if (rows_.status(large.row) != RowStatus::pending) return;  // the one that reached the goal
  RowResult result;
  result.status = RowStatus::cancelled;
  result.message = why;
  result.map.algebra = proven(large.row);
  end(large.row, result);
}

bool CyclesPlan::finished() const {
  return stopped_ ||
         (large_.empty() && deferred_.empty() && bundle_.empty() && bundled_out_ == 0 && queue_.idle());
}

PlanProgress CyclesPlan::progress(std::uint64_t under_way) const {
  PlanProgress progress{rows_to_run_, rows_done_, steps_ + under_way, 0};
  auto done = static_cast<double>(rows_done_);
  for (const auto& large : large_) {
    if (!large->mapping) continue;
    std::uint64_t steps = large->mapping->steps_done();
    if (large->mapping->plan().states == 0) steps += std::exchange(under_way, 0);  // not cut in ranges
    const double share = std::min(0.99, static_cast<double>(steps) / large->mapping->steps_expected());
    done += large->order.twice ? (share + (large->first ? 1 : 0)) / 2 : share;
  }
  progress.share = done / static_cast<double>(rows_to_run_);
  progress.algebra = algebra_activity();
  return progress;
}

std::optional<AlgebraActivity> CyclesPlan::algebra_activity() const {
  std::optional<AlgebraActivity> activity;
  for (const auto& large : large_) {
    if (large->algebra || large->news.step.empty()) continue;
    if (activity) {
      ++activity->others;
      continue;
    }
    const std::chrono::duration<double> since = clock_() - large->news_at;
    activity = {large->row,
                0,
                large->news.step,
                large->news.detail,
                large->news.step_s + since.count(),
                large->timeout.count() > 0};
  }
  return activity;
}

}  // namespace gforbit::job_cycles
