/// For the readers of messages and checkpoint records: bytes that were truncated or changed, and random ones.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/error.hpp"
#include "seed.hpp"

namespace gforbit::testing_support {

/// `read` takes a span of bytes. It accepts `valid`; what it does not accept it refuses with
/// core::CorruptRecord, whatever the bytes are. A count that was trusted would end in std::bad_alloc or
/// std::length_error.
/// @param optional_end  the record ends with so many bytes that may be missing
template <class Read>
void expect_hostile_bytes_refused(const core::Bytes& valid, Read read, std::size_t optional_end = 0) {
  ASSERT_NO_THROW(read(std::span<const std::byte>(valid)));
  for (std::size_t size = 0; size < valid.size() - optional_end; ++size) {
    ASSERT_THROW(read(std::span(valid).first(size)), core::CorruptRecord) << "the first " << size << " bytes";
  }
  const auto try_bytes = [&](const core::Bytes& bytes, const std::string& what) {
    try {
      read(std::span<const std::byte>(bytes));
    } catch (const core::CorruptRecord&) {  // as documented
    } catch (const std::exception& error) {
      ADD_FAILURE() << what << ": another exception than core::CorruptRecord: " << error.what();
    }
  };
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= valid.size(); ++at) {
    for (const std::uint64_t count : {std::uint64_t{1} << 36, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
      core::Bytes bytes = valid;
      std::memcpy(&bytes[at], &count, sizeof count);
      try_bytes(bytes, "the number " + std::to_string(count) + " at byte " + std::to_string(at));
    }
  }
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 2000; ++round) {
    core::Bytes bytes = valid;
    if (round % 4 == 0) bytes.resize(random() % 400);
    const std::size_t changes = round % 4 == 0 ? bytes.size() : 1 + random() % 4;
    for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
      const std::size_t at = round % 4 == 0 ? i : random() % bytes.size();
      bytes[at] = static_cast<std::byte>(random() % (round % 8 == 0 ? 3 : 256));
    }
    try_bytes(bytes, "random bytes, round " + std::to_string(round));
  }
}

}  // namespace gforbit::testing_support
