#include "gforbit/comm/session.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <deque>

#include "gforbit/core/error.hpp"

namespace gforbit::comm {

namespace {

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw core::EnvironmentError(
      fmt::format("{}: {}", call, std::string(text.data(), static_cast<std::size_t>(length))));
}

/// Nonblocking in both directions: a send keeps its bytes until MPI has taken them, a matched message is
/// received in the background, because a large one needs the sender to call MPI too.
class MpiTransport final : public sched::Transport {
 public:
  MpiTransport() {
    check(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }

  ~MpiTransport() override {
    // What is still on its way was sent to ranks that had said goodbye, or an error is being unwound.
    for (Transfer& send : sends_) MPI_Request_free(&send.request);
    for (Transfer& receive : receives_) {
      MPI_Cancel(&receive.request);
      MPI_Request_free(&receive.request);
    }
    MPI_Comm_free(&comm_);
  }

  [[nodiscard]] int rank() const noexcept override { return rank_; }
  [[nodiscard]] int size() const noexcept override { return size_; }

  void send(int to, sched::Tag tag, core::Bytes body) override {
    if (to == rank_) {
      to_self_.push_back({rank_, tag, std::move(body)});
      return;
    }
    if (body.size() > INT_MAX) throw core::EnvironmentError("a message is larger than 2 GiB");
    Transfer& send = sends_.emplace_back();
    send.message = {rank_, tag, std::move(body)};
    const auto count = static_cast<int>(send.message.body.size());
    check(
        MPI_Isend(send.message.body.data(), count, MPI_BYTE, to, static_cast<int>(tag), comm_, &send.request),
        "MPI_Isend");
  }

  [[nodiscard]] std::optional<sched::Message> receive() override {
    forget_finished_sends();
    match_arrivals();
    if (!to_self_.empty()) {
      sched::Message message = std::move(to_self_.front());
      to_self_.pop_front();
      return message;
    }
    return first_complete();
  }

 private:
  struct Transfer {
    sched::Message message;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  static bool is_complete(Transfer& transfer, const char* call) {
    int done = 0;
    check(MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE), call);
    return done != 0;
  }

  void forget_finished_sends() {
    std::erase_if(sends_, [](Transfer& send) { return is_complete(send, "MPI_Test (send)"); });
  }

  void match_arrivals() {
    for (;;) {
      int found = 0;
      MPI_Message handle = MPI_MESSAGE_NULL;
      MPI_Status status;
      check(MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &found, &handle, &status), "MPI_Improbe");
      if (found == 0) return;
      int count = 0;
      check(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
      Transfer& receive = receives_.emplace_back();
      receive.message = {status.MPI_SOURCE, static_cast<sched::Tag>(status.MPI_TAG),
                         core::Bytes(static_cast<std::size_t>(count))};
      check(MPI_Imrecv(receive.message.body.data(), count, MPI_BYTE, &handle, &receive.request),
            "MPI_Imrecv");
    }
  }

  /// In the order of arrival from each rank: a small message must not overtake a large one of the same rank.
  std::optional<sched::Message> first_complete() {
    std::vector<bool> blocked(static_cast<std::size_t>(size_), false);
    for (auto receive = receives_.begin(); receive != receives_.end(); ++receive) {
      const auto source = static_cast<std::size_t>(receive->message.source);
      if (blocked[source]) continue;
      if (!is_complete(*receive, "MPI_Test (receive)")) {
        blocked[source] = true;
        continue;
      }
      sched::Message message = std::move(receive->message);
      receives_.erase(receive);
      return message;
    }
    return std::nullopt;
  }

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::deque<sched::Message> to_self_;
  std::deque<Transfer> sends_;  // a deque: buffers must not move while MPI reads them
  std::deque<Transfer> receives_;
};

}  // namespace

Session::Session() {
  int granted = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &granted), "MPI_Init_thread");
  if (granted < MPI_THREAD_FUNNELED) {
    throw core::EnvironmentError(
        "this MPI library offers no MPI_THREAD_FUNNELED, which an OpenMP program needs: use a library built "
        "with threads");
  }
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
}

Session::~Session() {
  MPI_Finalize();
}

std::unique_ptr<sched::Transport> Session::transport() {
  return std::make_unique<MpiTransport>();
}

void Session::abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  std::abort();
}

std::string library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string full(text.data(), static_cast<std::size_t>(length));
  return full.substr(0, full.find(','));
}

}  // namespace gforbit::comm
