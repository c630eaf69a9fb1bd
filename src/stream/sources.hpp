/// The sources that need no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/stream/library.hpp"
#include "gforbit/stream/register_sequence.hpp"
#include "gforbit/stream/term.hpp"

namespace gforbit::stream {

/// A source whose items are numbered from 0 and can be made from any number on.
class NumberedSource : public Source {
 public:
  /// @param length  nullopt: endless
  explicit NumberedSource(std::optional<std::uint64_t> length) : length_(length) {
    if (length) end_ = *length;
  }
  [[nodiscard]] Produced produce(std::size_t n, Context& context) final;
  [[nodiscard]] std::uint64_t position() const noexcept final { return next_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const final { return length_; }
  [[nodiscard]] bool can_cut() const override { return true; }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes& place) final;
  void save(core::ByteWriter& out) const override { out.put(next_).put(end_); }
  void load(core::ByteReader& in) override;

 protected:
  /// Columns of up to `n` items from position() on, at least one. @return how many
  [[nodiscard]] virtual std::size_t fill(std::size_t n, std::vector<Column>& columns) = 0;
  /// The next item is number `begin`.
  virtual void seek(std::uint64_t begin) { static_cast<void>(begin); }

 private:
  std::optional<std::uint64_t> length_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = UINT64_MAX;
};

/// value = begin, begin + step, ...
class RangeSource final : public NumberedSource {
 public:
  RangeSource(std::int64_t begin, std::int64_t step, std::optional<std::uint64_t> length)
      : NumberedSource(length), begin_(begin), step_(step) {}
  [[nodiscard]] Schema prepare() override { return Schema({{"value", Type::int64}}); }

 protected:
  [[nodiscard]] std::size_t fill(std::size_t n, std::vector<Column>& columns) override;

 private:
  std::int64_t begin_, step_;
};

/// The same values again and again.
class ConstantSource final : public NumberedSource {
 public:
  ConstantSource(Schema schema, std::vector<Value> values, std::optional<std::uint64_t> length)
      : NumberedSource(length), schema_(std::move(schema)), values_(std::move(values)) {}
  [[nodiscard]] Schema prepare() override { return schema_; }

 protected:
  [[nodiscard]] std::size_t fill(std::size_t n, std::vector<Column>& columns) override;

 private:
  Schema schema_;
  std::vector<Value> values_;
};

/// The output sequence of a register.
class RegisterSource final : public NumberedSource {
 public:
  /// @throws core::InputError  there is no state of this number
  RegisterSource(fsr::Feedback feedback, core::Natural state, std::optional<std::uint64_t> length);
  [[nodiscard]] Schema prepare() override;
  [[nodiscard]] bool can_cut() const override { return sequence_.can_jump(); }
  void save(core::ByteWriter& out) const override;
  void load(core::ByteReader& in) override;

 protected:
  [[nodiscard]] std::size_t fill(std::size_t n, std::vector<Column>& columns) override;
  void seek(std::uint64_t begin) override;

 private:
  fsr::Feedback feedback_;
  core::Natural first_state_;
  RegisterSequence sequence_;
  std::vector<galois::Element> cells_;  ///< before ahead_
  Elements ahead_;
  std::uint64_t used_ = 0;  ///< of ahead_
};

/// Adds range, constant and register.
void add_sources(Library& library);

}  // namespace gforbit::stream
