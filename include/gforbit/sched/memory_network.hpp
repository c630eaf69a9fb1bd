/// A network inside one process: the transport of a run without a launcher (one rank) and of the engine's
/// tests.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "gforbit/sched/transport.hpp"

namespace gforbit::sched {

/// Queues between `size` ranks. The network must outlive its transports; each transport may live in its own
/// thread.
class MemoryNetwork {
 public:
  explicit MemoryNetwork(int size);
  [[nodiscard]] std::unique_ptr<Transport> transport(int rank);

 private:
  struct Mailbox {
    std::mutex mutex;
    std::deque<Message> messages;
  };
  class End;
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;
};

}  // namespace gforbit::sched
