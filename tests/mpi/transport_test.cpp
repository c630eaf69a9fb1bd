// The MPI transport between real processes, as the engine uses it: messages of any size, both ways at once,
// in order. Run by two or more ranks; each checks what it receives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "mpi/session.hpp"

namespace gforbit::comm {
namespace {

using testing_support::session;

/// Bytes that tell sender, number and place apart.
core::Bytes pattern(int from, std::uint64_t number, std::size_t size) {
  core::Bytes bytes(size);
  std::uint64_t value = number * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(from);
  for (std::size_t at = 0; at < size; at += sizeof value) {
    value = value * 6364136223846793005ull + 1442695040888963407ull;
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, size - at));
  }
  return bytes;
}

constexpr std::size_t kLarge = 50 << 20;

std::size_t size_of(std::uint64_t number) {
  constexpr std::size_t kSizes[] = {0, 1, kLarge, 17, 4096, 65536, kLarge, 3, 0, 1 << 20};
  return kSizes[number % 10];
}

class Transport : public testing::Test {
 protected:
  Transport() : transport_(session->transport()) {}

  void send_to_all(sched::Tag tag, const core::Bytes& body) {
    for (int to = 0; to < transport_->size(); ++to) transport_->send(to, tag, body);
  }

  /// Sends `count` messages to every rank, itself included, and takes as many from each; what arrives must be
  /// what was sent, in order. Then says so, and leaves when all have said so: nothing is on its way any more.
  void exchange(std::uint64_t count, bool small) {
    const auto size = [small](std::uint64_t number) { return small ? number % 32 : size_of(number); };
    const auto tag = [](std::uint64_t number) {
      return number % 2 == 0 ? sched::Tag::assign : sched::Tag::result;
    };
    for (std::uint64_t number = 0; number < count; ++number) {
      send_to_all(tag(number), pattern(transport_->rank(), number, size(number)));
    }
    const auto ranks = static_cast<std::uint64_t>(transport_->size());
    std::vector<std::uint64_t> next(ranks, 0);
    for (std::uint64_t received = 0, content = 0; content < ranks;) {
      const auto message = transport_->receive();
      if (!message) {
        std::this_thread::yield();
        continue;
      }
      const std::uint64_t number = next.at(static_cast<std::size_t>(message->source))++;
      if (message->tag == sched::Tag::report) {
        EXPECT_EQ(number, count) << "a message of rank " << message->source << " was lost or overtaken";
        ++content;
        continue;
      }
      EXPECT_EQ(message->tag, tag(number)) << "message " << number;
      EXPECT_TRUE(message->body == pattern(message->source, number, size(number))) << "message " << number;
      if (++received == count * ranks) send_to_all(sched::Tag::report, {});
    }
  }

  std::unique_ptr<sched::Transport> transport_;
};

TEST_F(Transport, LargeMessagesCrossAndSmallOnesDoNotOvertakeThem) {
  ASSERT_GE(transport_->size(), 2) << "to be run with mpirun -n 2";
  exchange(10, false);
}

TEST_F(Transport, ManySmallMessagesKeepTheirOrder) {
  exchange(20000, true);
}

TEST_F(Transport, KnowsItsPlace) {
  EXPECT_EQ(transport_->rank(), session->rank());
  EXPECT_EQ(transport_->size(), session->size());
  exchange(1, true);
}

}  // namespace
}  // namespace gforbit::comm
