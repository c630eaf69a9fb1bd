// Missing values are left out and counted apart, as pandas does it. Sums of doubles are formed over fixed
// blocks of the source index and combined in order, so that they do not depend on how the items came in
// batches; sums of integers are exact.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "quantiles.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kFormat = UINT64_MAX;  ///< of a saved state; earlier ones begin with a count
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;  ///< of a term without --memory

enum class Function : std::uint8_t { count, missing, sum, mean, std, min, max, quantile };

struct Definition {
  std::string name;
  Function function{};
  std::string text;
  std::string source;  ///< "sum(x)": for messages
  std::optional<Expression> value;
  double share = 0;  ///< of quantile
};

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

/// The values of a column as keys, and a number for each key in the order in which they came.
class Groups {
 public:
  /// Of the key in `row`; nullopt: it is missing.
  std::optional<std::size_t> number(const Column& keys, std::size_t row) {
    if (keys.is_null(row)) return std::nullopt;
    if (const auto* const texts = std::get_if<Slice<std::string>>(&keys))
      return number_of(texts_, (*texts)[row]);
    if (const auto* const naturals = std::get_if<Slice<std::uint64_t>>(&keys))
      return number_of(naturals_, (*naturals)[row]);
    if (const auto* const elements = std::get_if<Elements>(&keys))
      return number_of(integers_, static_cast<std::int64_t>((*elements)[row]));
    return number_of(integers_, std::get<Slice<std::int64_t>>(keys)[row]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] const Value& key(std::size_t number) const { return keys_[number]; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Numbers in the order of the keys.
  [[nodiscard]] std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> order(keys_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return is_less(keys_[a], keys_[b]); });
    return order;
  }
  void clear() { *this = {}; }

  void save(core::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(keys_.size()));
    for (const Value& key : keys_) {
      out.put(static_cast<std::uint8_t>(key.index()));
      if (const auto* const text = std::get_if<std::string>(&key)) out.put_text(*text);
      if (const auto* const natural = std::get_if<std::uint64_t>(&key)) out.put(*natural);
      if (const auto* const integer = std::get_if<std::int64_t>(&key)) out.put(*integer);
    }
  }
  void load(core::ByteReader& in) {
    clear();
    const auto n = in.get_count();
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto type = in.get<std::uint8_t>();
      if (type == Value(std::string()).index()) {
        number_of(texts_, in.get_text());
      } else if (type == Value(std::uint64_t{0}).index()) {
        number_of(naturals_, in.get<std::uint64_t>());
      } else {
        number_of(integers_, in.get<std::int64_t>());
      }
    }
  }

 private:
  template <class T>
  std::size_t number_of(std::unordered_map<T, std::size_t>& numbers, const T& key) {
    const auto [at, is_new] = numbers.try_emplace(key, keys_.size());
    if (is_new) {
      constexpr std::uint64_t kEntry = 64;  // of the map
      keys_.emplace_back(key);
      bytes_ += kEntry + sizeof(Value);
      if constexpr (std::is_same_v<T, std::string>) bytes_ += 2 * key.size();
    }
    return at->second;
  }
  static bool is_less(const Value& a, const Value& b) {
    if (const auto* const text = std::get_if<std::string>(&a)) return *text < std::get<std::string>(b);
    if (const auto* const natural = std::get_if<std::uint64_t>(&a))
      return *natural < std::get<std::uint64_t>(b);
    return std::get<std::int64_t>(a) < std::get<std::int64_t>(b);
  }

  std::unordered_map<std::int64_t, std::size_t> integers_;
  std::unordered_map<std::uint64_t, std::size_t> naturals_;
  std::unordered_map<std::string, std::size_t> texts_;
  std::vector<Value> keys_;
  std::uint64_t bytes_ = 0;
};

class Aggregate final : public Stateful {
 public:
  Aggregate(std::vector<Definition> definitions, std::uint64_t every, std::optional<std::string> by)
      : definitions_(std::move(definitions)), every_(every), by_(std::move(by)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    std::vector<ColumnType> columns;
    if (by_) columns.push_back(key_column(in));
    for (const Definition& d : definitions_) {
      formulas_.emplace_back();
      ColumnType column{d.name, Type::int64, {}};
      values_.push_back(Type::int64);
      if (d.value) {
        const Formula& formula = formulas_.back().emplace(d.text, *d.value, in);
        const bool counts = d.function == Function::count || d.function == Function::missing;
        if (formula.type() == Type::text && !counts)
          throw SyntaxError(d.text, d.value->begin, "expected a number, not a text");
        values_.back() = formula.type();
        if (!counts) column = column_of(d, formula);
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
    std::vector<Column> values(formulas_.size());
    std::vector<RowError> errors;
    for (std::size_t i = 0; i < formulas_.size(); ++i) {
      if (formulas_[i]) values[i] = formulas_[i]->evaluate(in, errors);
    }
    const std::vector<bool> is_wrong = rows_of(in, errors, context);
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
  [[nodiscard]] ColumnType key_column(const Schema& in) {
    key_ = in.index_of(*by_);
    ColumnType column = in[key_];
    if (column.type == Type::float64 || column.type == Type::elements)
      throw core::InputError(
          fmt::format("by={}: it is of type {}: keys are integers or texts", *by_, type_name(column.type)));
    column.nullable = false;
    return column;
  }
  static ColumnType column_of(const Definition& d, const Formula& formula) {
    const bool extreme = d.function == Function::min || d.function == Function::max;
    if (!extreme && d.function != Function::sum) return {d.name, Type::float64, {}};
    return {d.name, formula.type(), {}, extreme && formula.is_nullable()};
  }

  /// Which rows are errors; they are said to be so.
  static std::vector<bool> rows_of(const Batch& in, std::vector<RowError>& errors, Context& context) {
    if (errors.empty()) return {};
    std::ranges::stable_sort(errors, {}, &RowError::row);
    std::vector<bool> wrong(in.size, false);
    for (const RowError& error : errors) {
      if (!wrong[error.row]) context.fail_row(in, error.row, error.message);
      wrong[error.row] = true;
    }
    return wrong;
  }

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

Definition read_definition(const Arguments& a, const Argument& argument) {
  static const std::map<std::string, Function, std::less<>> kFunctions{
      {"count", Function::count}, {"missing", Function::missing},  {"sum", Function::sum},
      {"mean", Function::mean},   {"std", Function::std},          {"min", Function::min},
      {"max", Function::max},     {"quantile", Function::quantile}};
  const Expression& e = argument.value;
  const auto found = kFunctions.find(e.word);
  if (e.kind != Expression::Kind::call || found == kFunctions.end())
    throw SyntaxError(a.text(), e.begin,
                      "expected count(), count(x), missing(x), sum(x), mean(x), std(x), min(x), max(x) or "
                      "quantile(x, share)");
  Definition d{argument.name,
               found->second,
               std::string(a.text()),
               std::string(core::trimmed(a.text().substr(e.begin, e.end - e.begin))),
               {},
               0};
  const bool counts = d.function == Function::count;
  const std::size_t wanted = counts                             ? std::min<std::size_t>(e.operands.size(), 1)
                             : d.function == Function::quantile ? 2
                                                                : 1;
  if (e.operands.size() != wanted)
    throw SyntaxError(a.text(), e.begin,
                      fmt::format("{} takes {}", e.word, core::counted(wanted, "argument")));
  if (wanted > 0) d.value = e.operands[0];
  if (wanted == 2) {
    const Expression& share = e.operands[1];
    const bool number = share.kind == Expression::Kind::integer || share.kind == Expression::Kind::real;
    if (!number || share.real > 1) throw SyntaxError(a.text(), share.begin, "expected a share from 0 to 1");
    d.share = share.real;
  }
  return d;
}

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
                    "of each key"});
}

}  // namespace gforbit::stream
