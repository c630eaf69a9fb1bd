#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "stream/byte_bits.hpp"
#include "stream/file_sources.hpp"
#include "stream/source_file.hpp"

namespace gforbit::job_stream {

namespace {

using stream::Elements;

enum class BitFormat : std::uint8_t { binary, text, hex };

/// The bits of a file as elements of GF(2).
class BitsSource final : public stream::Source {
 public:
  BitsSource(std::string path, BitFormat format, bool most_significant_first)
      : path_(std::move(path)), format_(format), most_first_(most_significant_first) {}

  [[nodiscard]] stream::Schema prepare() override {
    file_.emplace(open_bytes(path_));
    size_ = end_ = 8 * file_->size();
    return stream::Schema({{"value", stream::Type::element, galois::Field::of_order(2)}});
  }

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context&) override {
    stream::Produced produced;
    const Elements bits =
        format_ == BitFormat::binary ? packed_bits(n, produced.ended) : written_bits(n, produced.ended);
    produced.batch.size = bits.size();
    produced.batch.indices = stream::Indices::counting(next_);
    produced.batch.columns.emplace_back(bits);
    next_ += bits.size();
    return produced;
  }
  [[nodiscard]] std::uint64_t position() const noexcept override { return next_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const override {
    return can_cut() ? std::optional(size_) : std::nullopt;
  }
  [[nodiscard]] bool can_cut() const override { return format_ == BitFormat::binary; }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes&) override {
    next_ = begin;
    end_ = end;
  }
  [[nodiscard]] std::string file() const override { return path_; }
  void save(core::ByteWriter& out) const override { out.put(next_).put(offset_).put(digit_).put(n_left_); }
  void load(core::ByteReader& in) override {
    next_ = in.get<std::uint64_t>();
    offset_ = in.get<std::uint64_t>();
    digit_ = in.get<std::uint32_t>();
    n_left_ = in.get<std::uint32_t>();
  }

 private:
  Elements packed_bits(std::size_t n, bool& ended) {
    static_assert(std::endian::native == std::endian::little, "bytes become words as they are");
    const std::uint64_t wanted = std::min<std::uint64_t>(n, end_ - next_);
    const std::uint64_t first = next_ / 8, bytes = (next_ + wanted + 7) / 8 - first;
    std::vector<std::uint64_t> words((bytes + 7) / 8, 0);
    if (file_->read(first, {reinterpret_cast<char*>(words.data()), bytes}) != bytes)
      throw core::InputError(fmt::format("'{}' has become shorter", source_name(path_)));
    if (most_first_) std::ranges::transform(words, words.begin(), with_bytes_reversed);
    ended = next_ + wanted == end_;
    return Elements::of_bits(std::move(words), 8 * bytes).slice(next_ % 8, wanted);
  }

  Elements written_bits(std::size_t n, bool& ended) {
    stream::ElementsBuilder bits(true);
    std::array<char, std::size_t{1} << 16> block;
    while (!ended) {
      take(n, bits);
      if (bits.size() == n) break;
      const std::size_t got = file_->read(offset_, block);
      ended = got == 0;
      for (std::size_t i = 0; i < got && bits.size() < n; ++i) {
        look_at(block[i]);
        ++offset_;
        take(n, bits);
      }
    }
    return bits.take();
  }
  /// Moves bits of the current digit to `bits`, which may have `n`.
  void take(std::size_t n, stream::ElementsBuilder& bits) {
    for (; n_left_ > 0 && bits.size() < n; --n_left_)
      bits.push(digit_ >> (most_first_ ? n_left_ - 1 : digits_bits() - n_left_) & 1);
  }
  [[nodiscard]] std::uint32_t digits_bits() const noexcept { return format_ == BitFormat::hex ? 4 : 1; }
  void look_at(char c) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return;
    const bool hex = format_ == BitFormat::hex;
    const int digit = c >= '0' && c <= (hex ? '9' : '1') ? c - '0'
                      : hex && c >= 'a' && c <= 'f'      ? c - 'a' + 10
                      : hex && c >= 'A' && c <= 'F'      ? c - 'A' + 10
                                                         : -1;
    if (digit < 0)
      throw core::InputError(fmt::format("'{}': byte {}, {}, is no {} digit", source_name(path_), offset_ + 1,
                                         core::quoted(std::string_view(&c, 1)),
                                         hex ? "hexadecimal" : "binary"));
    digit_ = static_cast<std::uint32_t>(digit);
    n_left_ = digits_bits();
  }

  std::string path_;
  BitFormat format_;
  bool most_first_;
  std::optional<config::LineFile> file_;
  std::uint64_t size_ = 0, end_ = 0, next_ = 0;  ///< in bits
  std::uint64_t offset_ = 0;                     ///< of the next digit
  std::uint32_t digit_ = 0, n_left_ = 0;         ///< bits of the current one that are still to come
};

}  // namespace

void add_bits_source(stream::Library& library) {
  const auto read = [](stream::Arguments& a) -> stream::Pipeline::Make {
    const std::string path = a.word("path");
    const std::string format = a.word_or("format", "binary"), order = a.word_or("order", "msb");
    if (format != "binary" && format != "text" && format != "hex")
      a.fail("format", "expected binary, text or hex");
    if (order != "msb" && order != "lsb") a.fail("order", "expected msb or lsb");
    const auto kind = format == "binary" ? BitFormat::binary
                      : format == "text" ? BitFormat::text
                                         : BitFormat::hex;
    return [=] { return std::make_unique<BitsSource>(path, kind, order == "msb"); };
  };
  library.add_source("bits",
                     {{"path"},
                      read,
                      "bits(\"path\", format=binary|text|hex, order=msb|lsb): the bits of a file; of a "
                      "byte or hexadecimal digit the most or the least significant one first"});
}

}  // namespace gforbit::job_stream
