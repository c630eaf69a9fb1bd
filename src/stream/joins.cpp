#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "aligned_join.hpp"
#include "gforbit/core/error.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

/// Goes through the items of several inlets by source index, then input. Where one input after the other has
/// an item of the same index, which is how parallel terms put them out, the next one is found at once;
/// otherwise by a look at all bounds, which lie together in memory. An input that may still have an item of
/// the next index is waited for, even where inputs before it have theirs already: all of one index go on
/// together, so that inputs in step stay in step.
class Order {
 public:
  /// To be called when items have come to the inlets.
  void look(std::span<const Inlet> in) {
    keys_.resize(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) keys_[i] = key_of(in[i]);
    last_ = in.size();
  }
  /// The input whose item is next, or whose item must be waited for.
  [[nodiscard]] std::size_t next() const {
    if (last_ < keys_.size() && keys_[last_] > last_key_ && neighbor_is_next()) return last_ + 1;
    return static_cast<std::size_t>(std::ranges::min_element(keys_) - keys_.begin());
  }
  /// How many items of input `first`, which is next, come before any item of the others.
  [[nodiscard]] std::size_t run(std::span<const Inlet> in, std::size_t first) {
    const Inlet& inlet = in[first];
    const Indices& indices = inlet.batches.front().indices;
    last_ = first;
    last_key_ = keys_[first];
    std::size_t n = 1;
    while (n < inlet.at_hand() && key_of(indices[inlet.first + n]) == last_key_) ++n;
    if (n == inlet.at_hand() || neighbor_is_next()) return n;
    keys_[first] = UINT64_MAX;
    const auto other = std::ranges::min_element(keys_);
    const std::pair limit{*other, static_cast<std::size_t>(other - keys_.begin())};
    while (n < inlet.at_hand() && std::pair{key_of(indices[inlet.first + n]), first} < limit) ++n;
    return n;
  }
  /// Items of the input were taken.
  void taken(std::span<const Inlet> in, std::size_t input) { keys_[input] = key_of(in[input]); }

 private:
  /// Of an item that is there. Indices are below 2^63.
  static std::uint64_t key_of(std::uint64_t index) noexcept { return 2 * index + 1; }
  /// Of the next item of an input: before those of its index that are there, if it must be waited for.
  static std::uint64_t key_of(const Inlet& inlet) noexcept {
    const std::uint64_t bound = inlet.bound();
    return bound == UINT64_MAX ? bound : 2 * bound + (inlet.empty() ? 0 : 1);
  }
  [[nodiscard]] bool neighbor_is_next() const {
    return last_ + 1 < keys_.size() && keys_[last_ + 1] == last_key_;
  }

  std::vector<std::uint64_t> keys_;
  std::size_t last_ = 0;  ///< input of the last run; their number: none
  std::uint64_t last_key_ = 0;
};

/// @param done  "merged". @throws core::InputError  the inputs have different columns
void require_equal(std::span<const Schema> in, std::string_view done) {
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (!(in[i] == in[0]))
      throw core::InputError(
          fmt::format("only items with the same columns can be {}; input 1 has ({}), input {} has ({})", done,
                      in[0].text(), i + 1, in[i].text()));
  }
}

class Merge final : public Join {
 public:
  [[nodiscard]] Schema prepare(std::span<const Schema> in) override {
    require_equal(in, "merged");
    return in[0];
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override { return wanted; }

  void step(std::span<Inlet> in, Output& out, Context&) override {
    while (step_in_line(in, out)) {
    }
    constexpr std::size_t kNone = SIZE_MAX;
    std::vector<Batch> held;
    std::vector<std::size_t> front(in.size(), kNone);  // where each inlet's front batch is held
    std::vector<RowRun> runs;
    order_.look(in);
    for (;;) {
      const std::size_t input = order_.next();
      Inlet& inlet = in[input];
      if (inlet.empty()) break;
      if (front[input] == kNone) {
        front[input] = held.size();
        held.push_back(inlet.batches.front());
      }
      const std::size_t n = order_.run(in, input);
      runs.push_back({front[input], inlet.first, n});
      if (inlet.skip(n)) front[input] = kNone;
      order_.taken(in, input);
    }
    if (!runs.empty()) out.emit(concatenate(held, runs));
  }
  [[nodiscard]] std::size_t waits_for(std::span<Inlet> in) override {
    order_.look(in);
    return order_.next();
  }

 private:
  /// Where all inputs have an item of each of the next indices, as parallel terms put them out, nothing has
  /// to be looked for. @return false: it is not so
  static bool step_in_line(std::span<Inlet> in, Output& out) {
    std::size_t n = SIZE_MAX;
    for (const Inlet& inlet : in) n = std::min(n, inlet.at_hand());
    if (n < 2) return false;
    const auto indices_of = [](const Inlet& inlet) {
      return inlet.batches.front().indices.slice(inlet.first);
    };
    const Indices first = indices_of(in.front());
    for (const Inlet& inlet : in) {
      if (!first.are_those_of(indices_of(inlet), n)) return false;
    }
    // An input may still have another item of the last index, which comes before those of later inputs.
    const auto after = [&](const Inlet& inlet) {
      if (n < inlet.at_hand()) return inlet.batches.front().indices[inlet.first + n];
      if (inlet.batches.size() > 1) return inlet.batches[1].indices[0];
      return inlet.ended ? UINT64_MAX : inlet.watermark;
    };
    const bool all = std::ranges::all_of(in, [&](const Inlet& inlet) { return after(inlet) > first[n - 1]; });
    const std::size_t sure = all ? n : n - 1;
    std::vector<RowsFrom> parts;
    parts.reserve(in.size());
    for (const Inlet& inlet : in) parts.push_back({&inlet.batches.front(), inlet.first});
    out.emit(interleave(parts, sure));
    for (Inlet& inlet : in) inlet.skip(sure);
    return true;
  }

  Order order_;
};

/// The columns of all inputs side by side; a name that is taken gets the number of its input.
Schema side_by_side(std::span<const Schema> in) {
  std::vector<ColumnType> columns;
  for (std::size_t i = 0; i < in.size(); ++i) {
    for (ColumnType column : in[i].columns()) {
      if (std::ranges::find(columns, column.name, &ColumnType::name) != columns.end())
        column.name += fmt::format("_{}", i + 1);
      columns.push_back(std::move(column));
    }
  }
  return Schema(std::move(columns));
}

/// The n-th items of all inputs together.
class Zip final : public AlignedJoin {
 public:
  [[nodiscard]] Schema prepare(std::span<const Schema> in) override { return side_by_side(in); }

 protected:
  Batch join(std::vector<Batch> parts, Indices last) override {
    Batch joined{parts.front().size, std::move(last), {}};
    for (Batch& part : parts) std::ranges::move(part.columns, std::back_inserter(joined.columns));
    return joined;
  }
};

/// The n-th items of all inputs, one after the other.
class Interleave final : public AlignedJoin {
 public:
  [[nodiscard]] Schema prepare(std::span<const Schema> in) override {
    require_equal(in, "interleaved");
    return in[0];
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet& wanted, std::size_t) const override { return wanted; }
  /// The number of items changes.
  [[nodiscard]] bool can_cut() const override { return false; }

 protected:
  Batch join(std::vector<Batch> parts, Indices last) override {
    const std::size_t n = parts.front().size;
    std::vector<RowsFrom> rows;
    for (Batch& part : parts) {
      part.indices = last;
      rows.push_back({&part, 0});
    }
    return interleave(rows, n);
  }
};

/// For each source index at which some input has an item: the latest item of every input up to there, once
/// all have had one.
class Latest final : public Join {
 public:
  [[nodiscard]] Schema prepare(std::span<const Schema> in) override {
    latest_.resize(in.size());
    schemas_.assign(in.begin(), in.end());
    schema_ = side_by_side(in);
    return schema_;
  }

  void step(std::span<Inlet> in, Output& out, Context&) override {
    BatchBuilder builder(schema_);
    order_.look(in);
    for (;;) {
      const std::size_t input = order_.next();
      const std::uint64_t bound = in[input].bound();
      if (changed_ && bound > at_) put(builder);
      if (in[input].empty()) break;
      const Batch item = in[input].take(1);
      order_.taken(in, input);
      at_ = item.indices[0];
      latest_[input] = Item(item, 0).values();
      changed_ = true;
    }
    if (builder.size() > 0) out.emit(builder.take());
  }
  [[nodiscard]] std::size_t waits_for(std::span<Inlet> in) override {
    order_.look(in);
    return order_.next();
  }
  [[nodiscard]] bool can_cut() const override { return false; }

  void save(core::ByteWriter& out) const override {
    out.put(changed_).put(at_);
    for (std::size_t i = 0; i < latest_.size(); ++i) {
      out.put(latest_[i].has_value());
      if (!latest_[i]) continue;
      BatchBuilder row(schemas_[i]);
      row.add(0, *latest_[i]);
      put_batch(out, row.take());
    }
  }
  void load(core::ByteReader& in) override {
    changed_ = in.get<bool>();
    at_ = in.get<std::uint64_t>();
    for (auto& values : latest_) {
      if (in.get<bool>()) values = row_of(get_batch(in));
    }
  }

 private:
  void put(BatchBuilder& builder) {
    changed_ = false;
    std::vector<Value> all;
    for (const auto& values : latest_) {
      if (!values) return;
      all.insert(all.end(), values->begin(), values->end());
    }
    builder.add(at_, std::move(all));
  }
  static std::vector<Value> row_of(const Batch& batch) { return Item(batch, 0).values(); }

  Order order_;
  Schema schema_;
  std::vector<Schema> schemas_;  ///< of the inputs
  std::vector<std::optional<std::vector<Value>>> latest_;
  std::uint64_t at_ = 0;
  bool changed_ = false;
};

void add_join(Library& library, const std::string& name, const Pipeline::Make& make,
              const std::string& usage) {
  library.add_term(name, {{}, [make](Arguments&) { return make; }, usage});
}

}  // namespace

void add_joins(Library& library) {
  add_join(
      library, "merge", [] { return std::make_unique<Merge>(); },
      "merge: by source index, then input; stands by itself between (a | b) and what follows");
  add_join(
      library, "zip", [] { return std::make_unique<Zip>(); },
      "zip: the n-th items of all inputs, side by side");
  add_join(
      library, "interleave", [] { return std::make_unique<Interleave>(); },
      "interleave: the n-th items of all inputs, one after the other");
  add_join(
      library, "latest", [] { return std::make_unique<Latest>(); },
      "latest: at each source index the latest items of all inputs, side by side");
}

}  // namespace gforbit::stream
