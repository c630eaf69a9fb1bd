#include "gforbit/core/bytes.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/natural.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::core {
namespace {

TEST(Bytes, AreReadAsTheyWereWritten) {
  const Bytes bytes =
      ByteWriter().put(true).put(7).put_text("text").put_array(std::vector<double>{1, 2.5}).put(false).take();
  ByteReader in(bytes);
  EXPECT_TRUE(in.get<bool>());
  EXPECT_EQ(in.get<int>(), 7);
  EXPECT_EQ(in.get_text(), "text");
  EXPECT_EQ(in.get_array<double>(), (std::vector<double>{1, 2.5}));
  EXPECT_FALSE(in.at_end());
  EXPECT_FALSE(in.get<bool>());
  EXPECT_TRUE(in.at_end());
  EXPECT_THROW((void)in.get<char>(), CorruptRecord);
}

TEST(Bytes, ATruthValueIsZeroOrOne) {
  const Bytes bytes = ByteWriter().put(std::uint8_t{2}).take();
  EXPECT_THROW((void)ByteReader(bytes).get<bool>(), CorruptRecord);
}

TEST(Bytes, ACountIsBoundedByWhatFollows) {
  const Bytes bytes = ByteWriter().put(std::uint64_t{3}).put(std::uint64_t{0}).put(std::uint64_t{0}).take();
  EXPECT_EQ(ByteReader(bytes).get_count(), 3u);
  EXPECT_EQ(ByteReader(bytes).get_count(5), 3u);
  EXPECT_THROW((void)ByteReader(bytes).get_count(6), CorruptRecord);
  EXPECT_THROW((void)ByteReader(bytes).get_bytes(6), CorruptRecord);
}

TEST(Bytes, HostileOnesAreRefused) {
  const Bytes bytes =
      ByteWriter().put(true).put_text("text").put_array(std::vector<std::uint64_t>{1, 2, 3}).put(1.5).take();
  testing_support::expect_hostile_bytes_refused(bytes, [](std::span<const std::byte> body) {
    ByteReader in(body);
    (void)in.get<bool>();
    (void)in.get_text();
    (void)in.get_array<std::uint64_t>();
    (void)in.get<double>();
  });
}

TEST(Natural, IsReadAsItWasWrittenOrRefused) {
  for (const Natural& n : {Natural(0), Natural(~std::uint64_t{0}), power(10, 40)}) {
    ByteWriter out;
    put_natural(out, n);
    const Bytes bytes = out.take();
    ByteReader in(bytes);
    EXPECT_EQ(get_natural(in), n);
    testing_support::expect_hostile_bytes_refused(bytes, [](std::span<const std::byte> body) {
      ByteReader from(body);
      (void)get_natural(from);
    });
  }
}

TEST(Natural, RefusesTextThatIsNoNumber) {
  for (const char* text : {"", "-1", "0x10", "089", "12a"}) {
    const Bytes bytes = ByteWriter().put(false).put_text(text).take();
    ByteReader in(bytes);
    EXPECT_THROW((void)get_natural(in), CorruptRecord) << text;
  }
}

}  // namespace
}  // namespace gforbit::core
