#include "gforbit/sched/memory_network.hpp"

namespace gforbit::sched {

class MemoryNetwork::End final : public Transport {
 public:
  End(std::vector<std::unique_ptr<Mailbox>>& mailboxes, int rank) : mailboxes_(mailboxes), rank_(rank) {}

  [[nodiscard]] int rank() const noexcept override { return rank_; }
  [[nodiscard]] int size() const noexcept override { return static_cast<int>(mailboxes_.size()); }

  void send(int to, Tag tag, core::Bytes body) override {
    Mailbox& box = *mailboxes_.at(static_cast<std::size_t>(to));
    const std::scoped_lock lock(box.mutex);
    box.messages.push_back({rank_, tag, std::move(body)});
  }

  [[nodiscard]] std::optional<Message> receive() override {
    Mailbox& box = *mailboxes_[static_cast<std::size_t>(rank_)];
    const std::scoped_lock lock(box.mutex);
    if (box.messages.empty()) return std::nullopt;
    Message message = std::move(box.messages.front());
    box.messages.pop_front();
    return message;
  }

 private:
  std::vector<std::unique_ptr<Mailbox>>& mailboxes_;
  int rank_;
};

MemoryNetwork::MemoryNetwork(int size) {
  for (int rank = 0; rank < size; ++rank) mailboxes_.push_back(std::make_unique<Mailbox>());
}

std::unique_ptr<Transport> MemoryNetwork::transport(int rank) {
  return std::make_unique<End>(mailboxes_, rank);
}

}  // namespace gforbit::sched
