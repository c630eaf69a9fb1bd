#include "stream/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/stream/engine.hpp"

namespace gforbit::job_stream {

namespace {

constexpr std::size_t kMeasuredRows = 10000;
constexpr std::uint64_t kFirstRange = std::uint64_t{1} << 20;
constexpr std::uint64_t kFirstRemote = 64;  ///< with terms in other processes, which may take seconds an item

/// A unit that does not end its pipeline counts only with a state at its end or later: a torn checkpoint may
/// have lost that.
enum RecordType : std::uint32_t { unit_record = 1, end_record = 2, state_record = 3 };

bool follows_file(const stream::Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const auto& node) {
    const auto* const source = dynamic_cast<const stream::Source*>(node.term.get());
    return source != nullptr && source->follows();
  });
}

bool has_remote_term(const stream::Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const auto& node) {
    const auto* const term = dynamic_cast<const stream::Stateless*>(node.term.get());
    return term != nullptr && term->takes_large_batches();
  });
}

std::uint64_t rounded_up(std::uint64_t n, std::uint64_t granule) {
  return (n + granule - 1) / granule * granule;
}

}  // namespace

StreamPlan::StreamPlan(const StreamInput& input, Settings settings, sched::Queue::Clock clock)
    : input_(input),
      settings_(std::move(settings)),
      queue_(std::move(clock)),
      spool_(settings_.spool_folder),
      rows_(input.lines.size()),
      goal_(settings_.stop_after) {
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    if (const std::uint64_t first = input_.first_equal(row); first != row) {
      equal_rows_.try_emplace(first, 1, first).first->second.push_back(row);
    }
  }
  submit();
}

/// A pipeline that shares the work of an equal one makes it as urgent as itself.
void StreamPlan::submit() {
  const auto limited = [](const PipelineLine& line) { return line.timeout.count() > 0; };
  if (std::ranges::any_of(input_.lines, limited)) {
    for (std::uint64_t row = 0; row < rows_.size(); ++row) {
      const PipelineLine& line = input_.lines[row];
      const auto ticket =
          queue_.submit({line.priority, line.timeout, std::to_string(input_.first_equal(row))});
      if (ticket.id().value == row_of_item_.size()) row_of_item_.push_back(row);
      item_of_row_.push_back(ticket.id().value);
    }
    return;
  }
  queue_.submit_batch(rows_.size(), [this](std::uint64_t row) -> std::optional<sched::Priority> {
    if (input_.first_equal(row) != row) return std::nullopt;
    sched::Priority most_urgent = input_.lines[row].priority;
    for_each_equal(
        row, [&](std::uint64_t one) { most_urgent = std::min(most_urgent, input_.lines[one].priority); });
    return most_urgent;
  });
}

sched::ItemId StreamPlan::item_of(std::uint64_t row) const {
  return {item_of_row_.empty() ? row : item_of_row_[row]};
}

std::uint64_t StreamPlan::row_of(sched::ItemId item) const {
  return row_of_item_.empty() ? item.value : row_of_item_[item.value];
}

void StreamPlan::for_each_equal(std::uint64_t row, const std::function<void(std::uint64_t)>& action) const {
  const auto found = equal_rows_.find(row);
  if (found == equal_rows_.end()) return action(row);
  std::ranges::for_each(found->second, action);
}

std::uint64_t StreamPlan::n_equal(std::uint64_t row) const {
  const auto found = equal_rows_.find(row);
  return found == equal_rows_.end() ? 1 : found->second.size();
}

// ---- handing out ------------------------------------------------------------------------------------------

StreamPlan::Open* StreamPlan::open(std::uint64_t row) {
  if (const auto known = open_.find(row); known != open_.end()) return &known->second;
  auto graph = std::make_unique<stream::Graph>(make_graph(input_.lines[row].text));
  std::stop_source stop;
  const core::StopSignal::Look look = [&] {
    if (settings_.stop_asked()) stop.request_stop();
  };
  if (!graph->look_through({stop.get_token(), &look})) return nullptr;
  Open& made = open_[row];
  made.cut = graph->cut(settings_.on_error != stream::OnError::fail);
  made.least = has_remote_term(*graph) ? kFirstRemote : kFirstRange;
  if (made.cut) made.graph = std::move(graph);
  return &made;
}

/// While restoring, when the first signal ends the process at once.
StreamPlan::Open& StreamPlan::opened(std::uint64_t row) {
  Open* const o = open(row);
  if (o == nullptr) throw core::InputError("a stop while the checkpoint was read");
  return *o;
}

std::optional<sched::Unit> StreamPlan::next(int) {
  if (stopped_) return std::nullopt;
  const auto unit_of = [&](std::uint64_t row, Open& o) -> std::optional<sched::Unit> {
    const auto stretch = next_stretch(row, o);
    if (!stretch) return std::nullopt;
    return sched::Unit{row, stretch->bytes(), !o.begun};
  };
  // What is under way first, the most urgent of it.
  std::vector<std::pair<sched::Priority, std::uint64_t>> under_way;
  for (const auto& [row, o] : open_) {
    if (o.taken) under_way.emplace_back(input_.lines[row].priority, row);
  }
  std::ranges::sort(under_way);
  for (const auto& [priority, row] : under_way) {
    if (auto unit = unit_of(row, open_.at(row))) return unit;
  }
  while (const auto taken = queue_.take()) {
    const std::uint64_t row = row_of(taken->id);
    try {
      Open* const o = open(row);
      if (o == nullptr) return std::nullopt;
      o->taken = true;
      if (auto unit = unit_of(row, *o)) return unit;
      settle(row);  // a source without items, or all of it restored
    } catch (const std::exception& error) {
      if (core::stops_run(error)) throw;
      close(row, RowStatus::failed, error.what());
    }
  }
  return std::nullopt;
}

std::uint64_t StreamPlan::range_end(const Open& o) const {
  const std::uint64_t granule = o.cut->granule, left = o.cut->length - o.next_begin;
  const double share = static_cast<double>(left) / (2.0 * settings_.ranks);
  double size = o.rate > 0 ? std::min(o.rate * settings_.unit_s, share) : static_cast<double>(o.least);
  size = std::max(size, static_cast<double>(std::min(o.least, left)));
  const std::uint64_t wanted = rounded_up(static_cast<std::uint64_t>(size), granule);
  return wanted >= left ? o.cut->length : o.next_begin + wanted;
}

std::optional<UnitBody> StreamPlan::next_stretch(std::uint64_t row, Open& o) {
  if (!o.failures.empty()) return std::nullopt;
  UnitBody unit;
  unit.row = row;
  unit.text = input_.lines[row].text;
  unit.batch_items = settings_.batch_items;
  unit.edge_capacity = settings_.edge_capacity;
  unit.memory = settings_.memory;
  unit.on_error = settings_.on_error;
  if (o.cut) {
    for (auto done = o.done.find(o.next_begin); done != o.done.end(); done = o.done.find(o.next_begin))
      o.next_begin = done->second;
    if (o.next_begin >= o.cut->length) return std::nullopt;
    unit.cut = true;
    unit.number = unit.begin = o.next_begin;
    unit.end = range_end(o);
    if (const auto done = o.done.lower_bound(unit.begin); done != o.done.end())
      unit.end = std::min(unit.end, done->first);
    unit.place = o.graph->only_source().place_of(unit.begin);
    o.out[unit.begin] = unit.end;
    o.next_begin = unit.end;
  } else {
    if (o.is_out || o.done_items > 0) return std::nullopt;
    o.is_out = true;
    unit.number = o.next_number;
    unit.state = o.state;
    // A large state is written less often: the checkpoint keeps each of them.
    constexpr std::uint64_t kNsPerByte = 100;
    unit.pause_ns = std::max<std::uint64_t>(settings_.pause_ns, kNsPerByte * o.state.size());
    unit.pause_bytes = settings_.pause_bytes;
  }
  return unit;
}

void StreamPlan::begun(const sched::Unit& unit) {
  const auto found = open_.find(unit.item);
  if (found == open_.end() || std::exchange(found->second.begun, true)) return;
  queue_.begin(item_of(unit.item));
}

// ---- taking back ------------------------------------------------------------------------------------------

void StreamPlan::completed(const sched::Unit& unit, std::span<const std::byte> bytes) {
  const auto found = open_.find(unit.item);
  if (found == open_.end() || rows_[unit.item].status != RowStatus::pending) return;
  const UnitBody body = UnitBody::read(unit.body);
  const UnitResult result = UnitResult::read(bytes);
  Open& o = found->second;
  if (stopped_) return;  // perhaps cut short; a restart does it again
  auto& measured = metrics_;
  if (measured.size() < kMeasuredRows || measured.contains(unit.item)) {
    auto& terms = measured[unit.item];
    if (terms.empty()) terms.resize(result.metrics.size());
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i].merge(result.metrics[i]);
  }
  if (o.cut && result.elapsed_s > 0) {
    const double rate = static_cast<double>(result.items) / result.elapsed_s;
    o.rate = o.rate > 0 ? (o.rate + rate) / 2 : rate;
  }
  items_ += result.items;
  if (keep_) {
    core::ByteWriter record;
    UnitResult kept = result;
    kept.state.clear();
    record.put(unit.item).put(body.number).put(body.end).put_array(kept.bytes());
    keep_({unit_record, record.take()});
    if (!result.state.empty()) {
      record.put(unit.item).put(body.number).put_array(result.state);
      keep_({state_record, record.take()});
    }
  }
  take(unit.item, body.number, body.end, result);
  settle(unit.item);
}

void StreamPlan::take(std::uint64_t row, std::uint64_t number, std::uint64_t end, const UnitResult& result) {
  Open& o = open_.at(row);
  PipelineRow& known = rows_[row];
  known.units[number] = spool_.append(result.rows);
  known.items += result.items;
  known.elapsed_s += result.elapsed_s;
  known.errors += result.errors;
  if (o.cut) {
    o.out.erase(number);
    o.done[number] = end;
    o.done_items += end - number;
    o.after[number] = end;
  } else {
    o.is_out = false;
    o.next_number = number + 1;
    o.after[number] = number + 1;
    o.state = result.state;
    if (result.ended) o.done_items = 1;
  }
  o.unsaid[number] = known.units[number];
  say(row, o);
}

void StreamPlan::add_sink_time(std::uint64_t row, std::size_t node, std::uint64_t ns) {
  const auto measured = metrics_.find(input_.first_equal(row));
  if (measured != metrics_.end() && node < measured->second.size()) measured->second[node].busy += ns;
}

std::uint64_t StreamPlan::errors() const {
  std::uint64_t errors = 0;
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].status == RowStatus::completed) errors += rows_[input_.first_equal(row)].errors;
  }
  return errors;
}

void StreamPlan::say(std::uint64_t row, Open& o) {
  for (auto next = o.unsaid.find(o.said); next != o.unsaid.end(); next = o.unsaid.find(o.said)) {
    if (on_rows_) {
      const UnitRows rows = read_rows(next->second);
      for_each_equal(row, [&](std::uint64_t one) { on_rows_(one, rows); });
    }
    o.said = o.after.at(o.said);
    o.unsaid.erase(next);
  }
}

/// Ends a pipeline that has all its stretches, or whose first failure is certain.
void StreamPlan::settle(std::uint64_t row) {
  const auto found = open_.find(row);
  if (found == open_.end() || rows_[row].status != RowStatus::pending) return;
  const Open& o = found->second;
  if (!o.failures.empty()) {
    const auto [number, message] = *o.failures.begin();           // copies: closing forgets them
    if (!o.out.empty() && o.out.begin()->first < number) return;  // one before it may fail too
    return close(row, RowStatus::failed, message);
  }
  const bool complete = o.cut ? o.done_items == o.cut->length : o.done_items == 1;
  if (complete) close(row, RowStatus::completed, "");
}

void StreamPlan::failed(const sched::Unit& unit, const std::string& message) {
  const auto found = open_.find(unit.item);
  if (found == open_.end() || rows_[unit.item].status != RowStatus::pending) return;
  const UnitBody body = UnitBody::read(unit.body);
  found->second.out.erase(body.number);
  found->second.failures.emplace(body.number, message);
  settle(unit.item);
}

void StreamPlan::mark(std::uint64_t row, RowStatus status, const std::string& message) {
  for_each_equal(row, [&](std::uint64_t one) {
    rows_[one].status = status;
    rows_[one].message = message;
    ++rows_done_;
  });
  open_.erase(row);
}

void StreamPlan::close(std::uint64_t row, RowStatus status, const std::string& message) {
  queue_.finish(item_of(row), {skeleton::item_state(status), {}, message});
  end(row, status, message);
  if (status == RowStatus::completed && goal_.add(n_equal(row))) cancel_rest();
}

/// What is under way is interrupted and told to its ranks by take_cancelled().
void StreamPlan::cancel_rest() {
  if (std::exchange(goal_reached_, true)) return;
  const std::string why = "enough pipelines completed for --stop-after";
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].status == RowStatus::pending) end(row, RowStatus::cancelled, why);
  }
  queue_.cancel_all(why);
}

skeleton::Cancellation StreamPlan::cancel(const std::string& id) {
  // take_cancelled() tells the ranks of what runs.
  const auto cancel = [&](std::uint64_t row) {
    queue_.cancel(item_of(row), skeleton::kCancelledByPerson);
    end(row, RowStatus::cancelled, skeleton::kCancelledByPerson);
  };
  return skeleton::cancel_row(id, {.noun = "pipeline",
                                   .size = rows_.size(),
                                   .id = [&](std::uint64_t row) { return input_.lines[row].id; },
                                   .first_equal = [&](std::uint64_t row) { return input_.first_equal(row); },
                                   .status = [&](std::uint64_t row) { return rows_[row].status; },
                                   .cancel = cancel});
}

void StreamPlan::end(std::uint64_t row, RowStatus status, const std::string& message) {
  mark(row, status, message);
  if (!keep_) return;
  core::ByteWriter record;
  record.put(row).put(status).put_text(message).put(std::int64_t{input_.lines[row].timeout.count()});
  keep_({end_record, record.take()});
}

std::vector<std::uint64_t> StreamPlan::take_cancelled() {
  std::vector<std::uint64_t> items;
  for (const sched::ItemId id : queue_.take_interrupted()) {
    const std::uint64_t row = row_of(id);
    items.push_back(row);
    if (rows_[row].status != RowStatus::pending) continue;
    end(row, RowStatus::timed_out,
        fmt::format("its time of {} s is over",
                    1e-3 * static_cast<double>(input_.lines[row].timeout.count())));
  }
  if (stopped_ && !std::exchange(stop_told_, true)) {
    for (const auto& [row, o] : open_) items.push_back(row);
  }
  return items;
}

void StreamPlan::tick() {
  queue_.expire();
}

bool StreamPlan::finished() const {
  return stopped_ || rows_done_ == rows_.size();
}

// ---- restarts ---------------------------------------------------------------------------------------------

void StreamPlan::survey(const store::JournalRecord& record) {
  if (record.type == end_record)
    ends_.note(core::ByteReader(record.payload).get<std::uint64_t>(), rows_.size());
}

void StreamPlan::restore(const store::JournalRecord& record) {
  core::ByteReader in(record.payload);
  const auto row = in.get<std::uint64_t>();
  if (row >= rows_.size()) throw core::ProtocolError("a record of a pipeline that the input does not have");
  if (input_.first_equal(row) != row) return;  // by another limit it shares the work of an equal one
  if (record.type == end_record) {
    if (!ends_.pass(row)) return;
    const auto status = in.get<RowStatus>();
    const std::string message = in.get_text();
    if (status == RowStatus::timed_out && !in.at_end() &&
        skeleton::has_grown(std::chrono::milliseconds(in.get<std::int64_t>()), input_.lines[row].timeout))
      return;
    queue_.take(item_of(row));
    close(row, status, message);
    return;
  }
  const auto number = in.get<std::uint64_t>();
  if (record.type == state_record) return confirm(row, number, in.get_array<std::byte>());
  const auto end = in.get<std::uint64_t>();
  UnitResult result = UnitResult::read(in.get_array<std::byte>());
  if (opened(row).cut) return take(row, number, end, result);
  const bool ended = result.ended;
  unconfirmed_[row].insert_or_assign(number, std::move(result));
  if (ended) confirm(row, number, {});
}

/// The units up to `number` count, and the pipeline goes on from `state`.
void StreamPlan::confirm(std::uint64_t row, std::uint64_t number, core::Bytes state) {
  for (auto& [unit, result] : unconfirmed_[row]) {
    if (unit > number) break;
    take(row, unit, 0, result);
  }
  unconfirmed_.erase(row);
  opened(row).state = std::move(state);
}

void StreamPlan::end_restore() {
  ends_.clear();
  for (const auto& [row, o] : open_) {
    if (o.state.empty()) continue;
    stream::Graph graph = make_graph(input_.lines[row].text);
    if (!follows_file(graph)) continue;
    stream::Engine engine(graph, {});
    core::ByteReader in(o.state);
    engine.load(in);  // its source compares
  }
}

std::vector<store::JournalRecord> condensed(std::vector<store::JournalRecord> records) {
  std::set<std::uint64_t> later;  // pipelines that have a later state, or have ended
  std::vector<store::JournalRecord> kept;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    const auto row = core::ByteReader(record->payload).get<std::uint64_t>();
    const bool is_first = record->type == unit_record || later.insert(row).second;
    if (is_first || record->type != state_record) kept.push_back(std::move(*record));
  }
  std::ranges::reverse(kept);
  return kept;
}

}  // namespace gforbit::job_stream
