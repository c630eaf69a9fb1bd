// Missing values are left out and counted apart, as pandas does it. Sums of doubles are formed over fixed
// blocks of the source index and combined in order, so that they do not depend on how the items came in
// batches; sums of integers are exact.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "aggregates.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "quantiles.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kFormat = UINT64_MAX;  ///< of a saved state; earlier ones begin with a count

__extension__ using Wide = __int128;

/// One number of an aggregate on its way.
class Accumulator {
 public:
  Accumulator(Function function, std::uint64_t exact) : function_(function) {
    if (function == Function::quantile) quantiles_ = std::make_unique<Quantiles>(exact);
  }

  /// An item without a value.
  void skip() { ++missing_; }
  void add_item() { ++count_; }
  template <class T>
  void add(std::uint64_t index, T value) {
    if constexpr (std::is_same_v<T, double>) {
      if (std::isnan(value)) return skip();
    }
    ++count_;
    switch (function_) {
      case Function::count:
      case Function::missing:
        return;
      case Function::sum:
      case Function::mean:
        return add_up(index, value);
      case Function::std:
        return add_deviation(static_cast<double>(value));
      case Function::min:
        if (count_ == 1 || value < best<T>()) best<T>() = value;
        return;
      case Function::max:
        if (count_ == 1 || value > best<T>()) best<T>() = value;
        return;
      case Function::quantile:
        return quantiles_->add(static_cast<double>(value));
    }
  }

  /// @param error  set where there is no result
  [[nodiscard]] Value result(Type type, double share, std::string& error) const {
    switch (function_) {
      case Function::count:
        return static_cast<std::int64_t>(count_);
      case Function::missing:
        return static_cast<std::int64_t>(missing_);
      case Function::sum:
        return total(type, error);
      case Function::mean:
        return (type == Type::float64 ? total_ + part_ : static_cast<double>(integers_)) /
               static_cast<double>(count_);
      case Function::std:
        if (count_ < 2) return std::numeric_limits<double>::quiet_NaN();
        return std::sqrt(deviations_ / static_cast<double>(count_ - 1));
      case Function::min:
      case Function::max:
        if (count_ == 0 && type != Type::float64) return Null{};
        if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
        if (type == Type::uint64) return best_natural_;
        if (type == Type::int64) return best_integer_;
        return best_;
      case Function::quantile:
        return quantiles_->quantile(share);
    }
    return std::int64_t{0};
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return sizeof(Accumulator) + (quantiles_ ? quantiles_->bytes() : 0);
  }

  void save(core::ByteWriter& out) const {
    out.put(count_).put(missing_).put(block_).put(total_).put(part_).put(integers_).put(mean_).put(
        deviations_);
    out.put(best_).put(best_integer_).put(best_natural_);
    if (quantiles_) quantiles_->save(out);
  }
  void load(core::ByteReader& in) {
    count_ = in.get<std::uint64_t>();
    missing_ = in.get<std::uint64_t>();
    block_ = in.get<std::uint64_t>();
    total_ = in.get<double>();
    part_ = in.get<double>();
    integers_ = in.get<Wide>();
    mean_ = in.get<double>();
    deviations_ = in.get<double>();
    best_ = in.get<double>();
    best_integer_ = in.get<std::int64_t>();
    best_natural_ = in.get<std::uint64_t>();
    if (quantiles_) quantiles_->load(in);
  }

 private:
  template <class T>
  T& best() noexcept {
    if constexpr (std::is_same_v<T, double>) {
      return best_;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      return best_integer_;
    } else {
      return best_natural_;
    }
  }
  template <class T>
  void add_up(std::uint64_t index, T value) {
    if constexpr (std::is_same_v<T, double>) {
      if (index / kBlock != block_) {
        total_ += part_;
        part_ = 0;
        block_ = index / kBlock;
      }
      part_ += value;
    } else {
      integers_ += value;
    }
  }
  /// After Welford, Technometrics 4, 1962.
  void add_deviation(double value) {
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    deviations_ += before * (value - mean_);
  }
  [[nodiscard]] Value total(Type type, std::string& error) const {
    if (type == Type::float64) return total_ + part_;
    if (type == Type::uint64) {
      if (integers_ > std::numeric_limits<std::uint64_t>::max()) error = "the sum does not fit uint64";
      return static_cast<std::uint64_t>(integers_);
    }
    if (integers_ > std::numeric_limits<std::int64_t>::max() ||
        integers_ < std::numeric_limits<std::int64_t>::min())
      error = "the sum does not fit int64";
    return static_cast<std::int64_t>(integers_);
  }

  Function function_;
  std::uint64_t count_ = 0, missing_ = 0;
  std::uint64_t block_ = 0;
  double total_ = 0, part_ = 0;
  Wide integers_ = 0;
  double mean_ = 0, deviations_ = 0;
  double best_ = 0;
  std::int64_t best_integer_ = 0;
  std::uint64_t best_natural_ = 0;
  std::unique_ptr<Quantiles> quantiles_;
};

class Aggregate final : public Stateful {
 public:
  Aggregate(std::vector<Definition> definitions, std::uint64_t every, std::optional<std::string> by)
      : definitions_(std::move(definitions)), every_(every), by_(std::move(by)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns;
    if (by_) columns.push_back(key_column(in, *by_, key_));
    for (const Definition& d : definitions_) {
      formulas_.emplace_back();
      ColumnType column{d.name, Type::int64, {}};
      values_.push_back(Type::int64);
      if (d.value) {
        const Formula& formula = formulas_.back().emplace(d.text, *d.value, in);
        column = column_of(d, formula);
        values_.back() = formula.type();
      }
      columns.push_back(std::move(column));
    }
    begin();
    schema_ = Schema(std::move(columns));
    return schema_;
  }

  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    ColumnSet needed(n, false);
    if (by_) needed[key_] = true;
    for (const auto& formula : formulas_) {
      if (formula) formula->add_columns(needed);
    }
    return needed;
  }

  void limit_memory(std::uint64_t bytes) override {
    bytes_ = std::min(bytes, kMostBytes);
    begin();
  }

  void process(const Batch& in, Output& out, Context& context) override {
    const auto [values, is_wrong] = evaluate_all(formulas_, in, context);
    BatchBuilder done(schema_);
    for (std::size_t first = 0; first < in.size;) {
      const std::size_t n =
          every_ == 0 ? in.size - first : std::min<std::uint64_t>(in.size - first, every_ - seen_);
      add(in, values, is_wrong, first, n);
      first += n;
      seen_ += n;
      last_ = in.indices[first - 1];
      if (seen_ != every_) continue;
      put_results(done, context);
      begin();
    }
    if (done.size() > 0) out.emit(done.take());
    if (by_) check_memory();
  }

  void finish(Output& out, Context& context) override {
    if (every_ > 0 || seen_ == 0) return;
    BatchBuilder last(schema_);
    put_results(last, context);
    if (last.size() > 0) out.emit(last.take());
  }
  [[nodiscard]] std::optional<std::uint64_t> holds_back() const override {
    return every_ == 0 && seen_ > 0 ? std::optional(last_) : std::nullopt;
  }

  void save(core::ByteWriter& out) const override {
    out.put(kFormat).put(seen_).put(last_);
    groups_.save(out);
    for (const Accumulator& accumulator : accumulators_) accumulator.save(out);
  }
  void load(core::ByteReader& in) override {
    if (in.get<std::uint64_t>() != kFormat)
      throw core::InputError(
          "the checkpoint has an aggregate of an earlier version of gforbit: start again with --force");
    seen_ = in.get<std::uint64_t>();
    last_ = in.get<std::uint64_t>();
    groups_.load(in);
    accumulators_.clear();
    for (std::size_t i = 0; i < (by_ ? groups_.size() : 1); ++i) add_group();
    for (Accumulator& accumulator : accumulators_) accumulator.load(in);
  }
  /// With keys there is any number of rows.
  [[nodiscard]] std::uint64_t window_length() const override { return by_ ? 0 : every_; }

 private:
  void add(const Batch& in, const std::vector<Column>& values, const std::vector<bool>& is_wrong,
           std::size_t first, std::size_t n) {
    std::vector<std::size_t> groups;  // by row from `first` on; none: all are of group 0
    constexpr std::size_t kNone = SIZE_MAX;
    if (by_ || !is_wrong.empty()) {
      groups.resize(n, 0);
      for (std::size_t i = 0; i < n; ++i) {
        if (by_) groups[i] = groups_.number(in.columns[key_], first + i).value_or(kNone);
        if (!is_wrong.empty() && is_wrong[first + i]) groups[i] = kNone;
      }
      while (accumulators_.size() < definitions_.size() * (by_ ? groups_.size() : 1)) add_group();
    }
    for (std::size_t d = 0; d < definitions_.size(); ++d) {
      if (groups.empty()) {
        add_column(in, values[d], first, n, [&](std::size_t) { return &accumulators_[d]; });
      } else {
        add_column(in, values[d], first, n, [&](std::size_t i) {
          return groups[i] == kNone ? nullptr : &accumulators_[groups[i] * definitions_.size() + d];
        });
      }
    }
  }

  template <class Where>
  void add_column(const Batch& in, const Column& values, std::size_t first, std::size_t n, Where where) {
    const auto each = [&](auto action) {
      for (std::size_t i = 0; i < n; ++i) {
        Accumulator* const accumulator = where(i);
        if (accumulator == nullptr) continue;
        if (values.is_null(first + i)) {
          accumulator->skip();
        } else {
          action(*accumulator, first + i);
        }
      }
    };
    const auto numbers = [&](const auto& slice) {
      each([&](Accumulator& a, std::size_t row) { a.add(in.indices[row], slice[row]); });
    };
    if (const auto* const ints = std::get_if<Slice<std::int64_t>>(&values); ints && ints->begin) {
      numbers(*ints);
    } else if (const auto* const reals = std::get_if<Slice<double>>(&values)) {
      numbers(*reals);
    } else if (const auto* const naturals = std::get_if<Slice<std::uint64_t>>(&values)) {
      numbers(*naturals);
    } else {  // count() and texts: that the item is there
      each([](Accumulator& a, std::size_t) { a.add_item(); });
    }
  }

  void begin() {
    seen_ = 0;
    groups_.clear();
    accumulators_.clear();
    if (!by_) add_group();
  }
  void add_group() {
    std::uint64_t quantiles = 0;
    for (const Definition& d : definitions_) quantiles += d.function == Function::quantile ? 1 : 0;
    const std::uint64_t exact = bytes_ / (4 * sizeof(double)) / std::max<std::uint64_t>(1, quantiles);
    for (const Definition& d : definitions_) accumulators_.emplace_back(d.function, exact);
  }
  void check_memory() const {
    std::uint64_t bytes = groups_.bytes();
    if (std::ranges::any_of(definitions_,
                            [](const Definition& d) { return d.function == Function::quantile; })) {
      for (const Accumulator& accumulator : accumulators_) bytes += accumulator.bytes();
    } else {
      bytes += accumulators_.size() * sizeof(Accumulator);
    }
    if (bytes <= bytes_) return;
    throw core::InputError(fmt::format(
        "aggregate(by={}): {} take more than the {} MiB that this term may: give a larger --memory, "
        "or fewer keys",
        *by_, core::counted(groups_.size(), "key"), bytes_ >> 20));
  }

  void put_results(BatchBuilder& builder, Context& context) {
    std::vector<std::size_t> order{0};
    if (by_) order = groups_.sorted();
    for (const std::size_t group : order) {
      std::vector<Value> row;
      if (by_) row.push_back(groups_.key(group));
      std::string message;
      for (std::size_t d = 0; d < definitions_.size() && message.empty(); ++d) {
        row.push_back(accumulators_[group * definitions_.size() + d].result(values_[d], definitions_[d].share,
                                                                            message));
        if (!message.empty()) message = fmt::format("{}: {}", definitions_[d].source, message);
      }
      if (message.empty()) {
        builder.add(last_, std::move(row));
      } else {
        context.fail(last_, message);
      }
    }
  }

  std::vector<Definition> definitions_;
  std::uint64_t every_;  ///< 0: all items
  std::optional<std::string> by_;
  std::uint64_t bytes_ = kMostBytes;
  std::size_t key_ = 0;
  std::vector<std::optional<Formula>> formulas_;
  std::vector<Type> values_;  ///< by definition: of what is aggregated
  Schema schema_;
  Groups groups_;
  std::vector<Accumulator> accumulators_;  ///< those of a group side by side
  std::uint64_t seen_ = 0;
  std::uint64_t last_ = 0;  ///< index of the last item that came in
};

}  // namespace

void add_aggregate(Library& library) {
  const auto read = [](Arguments& a) -> Pipeline::Make {
    const std::uint64_t every = a.natural_or("every", 0, 1, std::uint64_t{1} << 62);
    const auto by = a.has("by") ? std::optional(a.word("by")) : std::nullopt;
    std::vector<Definition> definitions;
    for (const Argument* const argument : a.others()) definitions.push_back(read_definition(a, *argument));
    if (definitions.empty()) a.fail("aggregate", "needs columns, such as aggregate(n=count(), total=sum(x))");
    return [=] { return std::make_unique<Aggregate>(definitions, every, by); };
  };
  library.add_term("aggregate",
                   {{},
                    read,
                    "aggregate(n=count(), s=sum(x), m=mean(x), d=std(x), a=min(x), b=max(x), "
                    "q=quantile(x, 0.5), k=missing(x), every=n, by=key): of all items, of every n, of those "
                    "of each key",
                    true});
}

}  // namespace gforbit::stream
