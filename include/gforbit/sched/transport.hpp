/// Messages between ranks. The engine does not depend on MPI: the same code runs over the in-memory transport
/// of the tests and over the MPI transport of the module comm.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gforbit/core/bytes.hpp"

namespace gforbit::sched {

enum class Tag : std::uint8_t {
  hello,    ///< rank -> 0: host, cores and threads of the rank
  prepare,  ///< 0 -> rank: the number of threads it will start
  ready,    ///< rank -> 0: why it cannot start them; empty: it can
  setup,    ///< 0 -> rank: the job's own settings
  request,  ///< rank -> 0: the number of units it wants
  assign,   ///< 0 -> rank: a lease and its unit
  cancel,   ///< 0 -> rank: a lease whose result is not needed any more
  begun,    ///< rank -> 0: the work on a lease of an announced unit begins
  news,     ///< rank -> 0: a lease and a report of its running unit
  result,   ///< rank -> 0: a lease and its result
  finish,   ///< 0 -> rank: no more units
  report,   ///< rank -> 0: statistics of the rank, its last message
  dismiss,  ///< 0 -> rank: the exit status of the whole program
};

/// For messages to users.
[[nodiscard]] constexpr std::string_view name_of(Tag tag) noexcept {
  constexpr std::array<std::string_view, 13> kNames{"hello",  "prepare", "ready",  "setup", "request",
                                                    "assign", "cancel",  "begun",  "news",  "result",
                                                    "finish", "report",  "dismiss"};
  const auto index = static_cast<std::size_t>(tag);
  return index < kNames.size() ? kNames[index] : "of an unknown kind";
}

struct Message {
  int source = 0;
  Tag tag{};
  core::Bytes body;
};

/// One rank's end of the network. Not thread-safe: only the thread that made it may use it.
/// Messages from one rank to another arrive in the order they were sent.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual int rank() const noexcept = 0;
  [[nodiscard]] virtual int size() const noexcept = 0;
  /// Never blocks: the transport owns the bytes until they are sent. Sending to oneself is allowed.
  virtual void send(int to, Tag tag, core::Bytes body) = 0;
  /// The next message that has arrived, if any; also moves earlier sends on.
  [[nodiscard]] virtual std::optional<Message> receive() = 0;
};

}  // namespace gforbit::sched
