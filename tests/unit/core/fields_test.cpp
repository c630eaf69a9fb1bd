#include "gforbit/core/fields.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "gforbit/core/error.hpp"
#include "gforbit/core/state_index.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::core {
namespace {

enum class Color : std::uint8_t { red, green };
constexpr Color last_of(Color) noexcept {
  return Color::green;
}

struct Nothing {
  static constexpr std::tuple<> kFields{};
  bool operator==(const Nothing&) const = default;
};

struct Inner {
  bool flag = false;
  std::vector<std::string> words;
  static constexpr auto kFields = std::tuple(&Inner::flag, &Inner::words);
  bool operator==(const Inner&) const = default;
};

/// With its own functions.
struct Doubled {
  std::uint32_t half = 0;
  void write(ByteWriter& out) const { out.put(2 * half); }
  [[nodiscard]] static Doubled read(ByteReader& in) { return {in.get<std::uint32_t>() / 2}; }
  bool operator==(const Doubled&) const = default;
};

struct All {
  std::uint64_t number = 0;
  double real = 0;
  Color color{};
  Natural large;
  StateRange range{};
  std::vector<StateRange> ranges;
  std::vector<Inner> inner;
  std::optional<Inner> maybe;
  std::variant<Nothing, Inner, std::uint32_t> one;
  Doubled doubled;
  Bytes bytes;
  static constexpr auto kFields =
      std::tuple(&All::number, &All::real, &All::color, &All::large, &All::range, &All::ranges, &All::inner,
                 &All::maybe, &All::one, &All::doubled, &All::bytes);
  bool operator==(const All&) const = default;
};

All some() {
  All all;
  all.number = std::numeric_limits<std::uint64_t>::max();
  all.real = -2.5;
  all.color = Color::green;
  all.large = power(10, 40);
  all.range = {{3}, {7}};
  all.ranges = {{{1}, {2}}, {{5}, {9}}};
  all.inner = {{true, {"a", ""}}, {}};
  all.maybe = Inner{false, {"b"}};
  all.one = std::uint32_t{5};
  all.doubled = {21};
  all.bytes = {std::byte{9}};
  return all;
}

TEST(Fields, AreReadAsTheyWereWritten) {
  for (const All& all : {some(), All()}) EXPECT_EQ(from_bytes<All>(to_bytes(all)), all);
}

TEST(Fields, HostileBytesAreRefused) {
  testing_support::expect_hostile_bytes_refused(
      to_bytes(some()), [](std::span<const std::byte> bytes) { (void)from_bytes<All>(bytes); });
}

TEST(Fields, HaveTheLayoutOfTheirParts) {
  EXPECT_EQ(to_bytes(Inner{true, {"ab"}}),
            ByteWriter().put(true).put(std::uint64_t{1}).put_text("ab").take());
  EXPECT_EQ(to_bytes(std::optional(Color::green)), ByteWriter().put(true).put(Color::green).take());
  EXPECT_EQ(to_bytes(Doubled{4}), ByteWriter().put(8u).take());
  EXPECT_TRUE(to_bytes(Nothing{}).empty());
}

TEST(Fields, AnUnknownAlternativeOrValueAndBytesLeftOverAreRefused) {
  using One = decltype(All::one);
  EXPECT_EQ(from_bytes<One>(Bytes{std::byte{0}}), One(Nothing{}));
  EXPECT_THROW((void)from_bytes<One>(Bytes{std::byte{3}}), CorruptRecord);
  EXPECT_EQ(from_bytes<Color>(Bytes{std::byte{1}}), Color::green);
  EXPECT_THROW((void)from_bytes<Color>(Bytes{std::byte{2}}), CorruptRecord);
  EXPECT_THROW((void)from_bytes<Color>(Bytes(2)), CorruptRecord);
}

}  // namespace
}  // namespace gforbit::core
