/// Messages between ranks, as the engine sees them. The engine knows nothing of MPI: the same code runs over
/// the in-memory transport of the tests and over the MPI transport of the room comm.
#pragma once

#include <cstdint>
#include <optional>

#include "gforbit/core/bytes.hpp"

namespace gforbit::sched {

enum class Tag : std::uint8_t {
  hello,    ///< rank -> 0: who and where I am (the job's own bytes)
  prepare,  ///< 0 -> rank: how many threads it will start
  ready,    ///< rank -> 0: what keeps it from starting them; empty: nothing
  setup,    ///< 0 -> rank: the job's own settings
  request,  ///< rank -> 0: how many units I want
  assign,   ///< 0 -> rank: a lease and its unit
  cancel,   ///< 0 -> rank: a lease whose result nobody wants any more
  begun,    ///< rank -> 0: the work on a lease of an announced unit begins
  news,     ///< rank -> 0: a lease and what its unit tells before it ends
  result,   ///< rank -> 0: a lease and what came of it
  finish,   ///< 0 -> rank: nothing more will come
  report,   ///< rank -> 0: statistics of the rank, its last word
  dismiss,  ///< 0 -> rank: the exit status of the whole program
};

struct Message {
  int source = 0;
  Tag tag{};
  core::Bytes body;
};

/// One rank's end of the network. Not thread-safe: only the thread that made it speaks.
/// Messages from one rank to another arrive in the order they were sent.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual int rank() const noexcept = 0;
  [[nodiscard]] virtual int size() const noexcept = 0;
  /// Never blocks: the transport owns the bytes until they are on their way. Sending to oneself is allowed.
  virtual void send(int to, Tag tag, core::Bytes body) = 0;
  /// The next message that has arrived, if any; also moves earlier sends on.
  [[nodiscard]] virtual std::optional<Message> receive() = 0;
};

}  // namespace gforbit::sched
