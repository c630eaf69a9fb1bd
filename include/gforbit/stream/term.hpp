/// Terms: what a pipeline is made of. Which of the types a term is decides how it may run:
///
///     Source     puts items out
///     Stateless  at most one item out for each item in; may run on several threads, is fused with neighbors
///     FlatMap    any number of items out for each item in; otherwise as Stateless
///     Stateful   sees all items in order, one thread at a time
///     Join       sees several streams in an order that does not depend on time
///     Sink       keeps what arrives
///
/// A term object belongs to one execution: it is made, prepared with the schemas of its inputs, and run.
/// A new term is one class; see ItemMap for the shortest form:
///
///     class Square final : public stream::ItemMap {
///      public:
///       Schema prepare(const Schema& in) override { column_ = in.index_of("x"); return in; }
///       bool map(const Item& item, std::vector<Value>& out) const override {
///         out = item.values();
///         const auto x = std::get<std::int64_t>(out[column_]);
///         out[column_] = x * x;
///         return true;
///       }
///      private:
///       std::size_t column_ = 0;
///     };
///     const Pipeline p = range(0, 100) * term<Square>("square") * discard();
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/stream/batch.hpp"

namespace gforbit::stream {

/// What a term may ask of the execution while it works.
class Context {
 public:
  virtual ~Context() = default;
  /// The item cannot be done: by option the pipeline fails (this throws), or the item is left out and
  /// counted, or it is also kept as a dead letter.
  virtual void fail(std::uint64_t index, const std::string& message) = 0;
  /// The same of a row of what came in, which is kept with the dead letter.
  virtual void fail_row(const Batch& in, std::size_t row, const std::string& message) {
    fail(in.indices[row], message);
  }
  /// The same of an item that never was one: a line of a file.
  virtual void fail_record(std::uint64_t index, const std::string& message, const std::string& record) {
    static_cast<void>(record);
    fail(index, message);
  }
  /// Work of more than some milliseconds looks at it and returns early.
  [[nodiscard]] virtual const core::StopSignal& stop() const noexcept = 0;
};

class Term {
 public:
  virtual ~Term() = default;
  /// After prepare(): which of the `n` columns of an input it reads or hands on, if `wanted` of what it puts
  /// out are read.
  [[nodiscard]] virtual ColumnSet needs(const ColumnSet& wanted, std::size_t n) const {
    static_cast<void>(wanted);
    return ColumnSet(n, true);
  }
};

// ---- sources ----------------------------------------------------------------------------------------------

/// The next items of a source.
struct Produced {
  Batch batch;
  bool ended = false;  ///< nothing will follow
};

class Source : public Term {
 public:
  [[nodiscard]] virtual Schema prepare() = 0;
  /// The next items, at most `n`, with increasing indices from position() on.
  [[nodiscard]] virtual Produced produce(std::size_t n, Context& context) = 0;
  /// Index of the next item.
  [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;
  /// Where it stands, for a restart; load() may be called instead of starting at the beginning.
  virtual void save(core::ByteWriter& out) const = 0;
  virtual void load(core::ByteReader& in) = 0;

  /// Its file grows while it is read.
  [[nodiscard]] virtual bool follows() const noexcept { return false; }

  /// Finds out what length() and place_of() say, which may take minutes of a large file.
  /// @return false: `stop` asked to stop before all was known; nothing else may be called then
  [[nodiscard]] virtual bool look_through(const core::StopSignal& stop) const {
    static_cast<void>(stop);
    return true;
  }
  /// Items in all; nullopt: endless or unknown.
  [[nodiscard]] virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  /// Whether cut() may be called.
  [[nodiscard]] virtual bool can_cut() const { return false; }
  /// Where item `begin` lies, for a source that would have to look for it: known here, used by cut()
  /// elsewhere.
  [[nodiscard]] virtual core::Bytes place_of(std::uint64_t begin) const {
    static_cast<void>(begin);
    return {};
  }
  /// Only the items [begin, end) of all; end <= length(). `place`: what place_of(begin) says.
  virtual void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes& place) {
    static_cast<void>(begin);
    static_cast<void>(end);
    static_cast<void>(place);
  }
  /// After prepare(): what it puts out in other columns is not read.
  virtual void only(const ColumnSet& wanted) { static_cast<void>(wanted); }
  /// Every index up to the last has an item: what windows behind it are cut by.
  [[nodiscard]] virtual bool keeps_count() const { return true; }
  /// The file that the items come from; empty: none.
  [[nodiscard]] virtual std::string file() const { return {}; }
};

// ---- functions --------------------------------------------------------------------------------------------

class Stateless : public Term {
 public:
  /// @return schema of the items that go out. @throws core::InputError  they do not fit
  [[nodiscard]] virtual Schema prepare(const Schema& in) = 0;
  /// Any thread, several at a time.
  [[nodiscard]] virtual Batch apply(const Batch& in, Context& context) const = 0;
  /// Exactly one item out for each one in that can be done: what windows behind it are cut by.
  [[nodiscard]] virtual bool keeps_count() const { return false; }
  /// Some items cannot be done.
  [[nodiscard]] virtual bool may_fail() const { return true; }
  /// A batch costs much whatever its size, such as a way to another process and back.
  [[nodiscard]] virtual bool takes_large_batches() const { return false; }
};

class FlatMap : public Stateless {};

/// One item of a batch.
class Item {
 public:
  Item(const Batch& batch, std::size_t row) : batch_(batch), row_(row) {}
  [[nodiscard]] std::uint64_t index() const noexcept { return batch_.indices[row_]; }
  [[nodiscard]] Value value(std::size_t column) const { return batch_.value(column, row_); }
  [[nodiscard]] std::vector<Value> values() const {
    std::vector<Value> all;
    for (std::size_t c = 0; c < batch_.columns.size(); ++c) all.push_back(value(c));
    return all;
  }

 private:
  const Batch& batch_;
  std::size_t row_;
};

/// A Stateless term that is written for one item.
class ItemMap : public Stateless {
 public:
  /// `out`: the values that go out, empty at first. False: the item is filtered.
  /// An exception derived from std::exception is an error of this item.
  [[nodiscard]] virtual bool map(const Item& item, std::vector<Value>& out) const = 0;
  [[nodiscard]] Batch apply(const Batch& in, Context& context) const final;

 protected:
  /// What prepare() has returned; the execution sets it.
  friend class Graph;
  Schema out_schema_;
};

/// Where a Stateful term or a Join puts its items.
class Output {
 public:
  virtual ~Output() = default;
  /// Indices: not below those emitted before, and of process() those of its items.
  virtual void emit(Batch batch) = 0;
};

class Stateful : public Term {
 public:
  [[nodiscard]] virtual Schema prepare(const Schema& in) = 0;
  virtual void process(const Batch& in, Output& out, Context& context) = 0;
  /// The stream has ended; what is emitted now has the index of the last item that came in, or holds_back().
  virtual void finish(Output& out, Context& context) {
    static_cast<void>(out);
    static_cast<void>(context);
  }
  /// What is emitted later may have this index, although all items that came in have been processed; nullopt:
  /// that of a later item only.
  [[nodiscard]] virtual std::optional<std::uint64_t> holds_back() const { return std::nullopt; }
  /// Before any item: what the term keeps may take so many bytes.
  virtual void limit_memory(std::uint64_t bytes) { static_cast<void>(bytes); }
  virtual void save(core::ByteWriter& out) const = 0;
  virtual void load(core::ByteReader& in) = 0;
  /// The term wants no more items: its stream ends here, and sources that no other term reads end too.
  [[nodiscard]] virtual bool closed() const { return false; }
  /// A window of n items without overlap puts out one item for n; 0: not of this kind.
  [[nodiscard]] virtual std::uint64_t window_length() const { return 0; }
};

// ---- joins ------------------------------------------------------------------------------------------------

/// One input of a join: what has arrived, and what may still come.
struct Inlet {
  std::deque<Batch> batches;    ///< none of them empty
  std::size_t first = 0;        ///< items of the front one that are taken already
  std::size_t items = 0;        ///< in all of them
  std::uint64_t watermark = 0;  ///< later items have at least this index
  bool ended = false;

  [[nodiscard]] bool empty() const noexcept { return batches.empty(); }
  /// Index of the next item, or what it is at least; the largest number after the end.
  [[nodiscard]] std::uint64_t bound() const noexcept;
  /// Items that take() may be asked for.
  [[nodiscard]] std::size_t at_hand() const noexcept {
    return batches.empty() ? 0 : batches.front().size - first;
  }
  /// The first `n` items; n <= at_hand().
  [[nodiscard]] Batch take(std::size_t n);
  /// Takes them without a look. @return whether the front batch is used up and gone
  bool skip(std::size_t n);
};

class Join : public Term {
 public:
  [[nodiscard]] virtual Schema prepare(std::span<const Schema> in) = 0;
  /// Takes what can be decided from the inlets and puts it out.
  virtual void step(std::span<Inlet> in, Output& out, Context& context) = 0;
  /// The input without which step() can do nothing.
  [[nodiscard]] virtual std::size_t waits_for(std::span<Inlet> in) = 0;
  /// No item will come out any more, whatever arrives.
  [[nodiscard]] virtual bool closed(std::span<const Inlet> in) const;
  virtual void save(core::ByteWriter& out) const { static_cast<void>(out); }
  virtual void load(core::ByteReader& in) { static_cast<void>(in); }
  /// It ends with the first of its inputs: the n-th items of all of them belong together.
  [[nodiscard]] virtual bool is_aligned() const { return false; }
  /// Whether it makes sense of one input alone.
  [[nodiscard]] virtual bool takes_one() const { return false; }
  /// Nothing is kept between cuts of the source, given inputs of the same number of items.
  [[nodiscard]] virtual bool can_cut() const { return true; }
};

// ---- sinks ------------------------------------------------------------------------------------------------

enum class SinkKind : std::uint8_t { table, csv, jsonl, bits, print, discard };

[[nodiscard]] constexpr bool is_file(SinkKind kind) noexcept {
  return kind == SinkKind::csv || kind == SinkKind::jsonl || kind == SinkKind::bits;
}

/// What becomes of the items is the business of the program around the pipeline.
class Sink : public Term {
 public:
  Sink(SinkKind kind, std::string target) : kind_(kind), target_(std::move(target)) {}
  [[nodiscard]] SinkKind kind() const noexcept { return kind_; }
  /// Name of the table, path of the file; the label of print.
  [[nodiscard]] const std::string& target() const noexcept { return target_; }
  /// @throws core::InputError  it cannot keep such items
  virtual void prepare(const Schema& in) { static_cast<void>(in); }
  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    return ColumnSet(n, kind_ != SinkKind::discard);
  }

 private:
  SinkKind kind_;
  std::string target_;
};

/// A file of bits: a column of elements of GF(2), or of vectors of these, eight a byte.
class BitsSink final : public Sink {
 public:
  BitsSink(std::string path, std::string column, bool most_significant_first)
      : Sink(SinkKind::bits, std::move(path)),
        name_(std::move(column)),
        most_first_(most_significant_first) {}
  void prepare(const Schema& in) override;
  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    ColumnSet read(n, false);
    read[column_] = true;
    return read;
  }
  [[nodiscard]] std::size_t column() const noexcept { return column_; }  ///< after prepare()
  [[nodiscard]] bool most_significant_first() const noexcept { return most_first_; }

 private:
  std::string name_;
  std::size_t column_ = 0;
  bool most_first_;
};

/// Holds items back for a while after they arrived; order and values stay.
class Delay : public Term {
 public:
  explicit Delay(double seconds) : seconds_(seconds) {}
  [[nodiscard]] double seconds() const noexcept { return seconds_; }

 private:
  double seconds_;
};

}  // namespace gforbit::stream
