#include "gforbit/solvers/helper.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "containment.hpp"
#include "frames.hpp"
#include "gforbit/core/error.hpp"
#include "keeper.hpp"
#include "server.hpp"

namespace gforbit::solvers {

namespace {

constexpr int kSocket = 3;

/// The child's side of start(): nothing of the rank but the socket stays with it.
[[noreturn]] void become_helper(int socket, pid_t rank, Containment containment) {
  setsid();  // signals to the rank's terminal or group are the rank's to answer
  prctl(PR_SET_NAME, "gforbit-helper");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGXCPU})
    signal(number, SIG_IGN);
  const int nothing = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) dup2(nothing, stream);
  if (socket != kSocket) dup2(socket, kSocket);
  fcntl(kSocket, F_SETFD, FD_CLOEXEC);
  close_range(kSocket + 1, ~0U, 0);
  prctl(PR_SET_PDEATHSIG, parent_gone_signal());
  if (getppid() == rank) serve(kSocket, containment);
  _exit(0);
}

[[noreturn]] void fail_gone() {
  throw core::EnvironmentError(
      "the helper process that runs the solvers has ended; was it killed, or the machine out of memory?");
}

}  // namespace

Helper Helper::start(Containment most) {
  const Containment containment = find_containment(most);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw core::EnvironmentError(
        fmt::format("cannot make a socket for the helper process: {}", start_error_text(errno)));
  const pid_t rank = getpid();
  const pid_t pid = fork();
  if (pid < 0)
    throw core::EnvironmentError(fmt::format("cannot start the helper process: {}", start_error_text(errno)));
  if (pid == 0) become_helper(ends[1], rank, containment);
  close(ends[1]);
  return {pid, ends[0], containment};
}

Helper::Helper(Helper&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      containment_(other.containment_),
      programs_(other.programs_),
      received_(std::move(other.received_)) {}

Helper::~Helper() {
  if (pid_ < 0) return;
  close(socket_);
  waitpid(pid_, nullptr, 0);
}

void Helper::send(core::Bytes body) {
  std::span<const std::byte> rest(body);
  while (!rest.empty()) {
    const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail_gone();
    rest = rest.subspan(static_cast<std::size_t>(sent));
  }
}

std::uint32_t Helper::define(const Program& program) {
  send(frame(FrameKind::program, core::to_bytes(program)));
  return programs_++;
}

void Helper::set_slots(std::uint32_t slots) {
  send(frame(FrameKind::slots, core::to_bytes(slots)));
}

void Helper::submit(const Call& call) {
  send(frame(FrameKind::call, core::to_bytes(call)));
}

void Helper::cancel(std::uint64_t number) {
  send(frame(FrameKind::cancel, core::to_bytes(number)));
}

void Helper::recall() {
  send(frame(FrameKind::recall, {}));
}

std::optional<Outcome> Helper::take() {
  const auto message = take_frame(received_);
  if (!message) return std::nullopt;
  return core::from_bytes<Outcome>(message->second);
}

std::optional<Outcome> Helper::next(std::chrono::milliseconds timeout) {
  if (auto outcome = take()) return outcome;
  pollfd polled{socket_, POLLIN, 0};
  if (poll(&polled, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  std::array<std::byte, std::size_t{1} << 16> block;
  const auto size = recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
  if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) fail_gone();
  if (size > 0) received_.insert(received_.end(), block.begin(), block.begin() + size);
  return take();
}

}  // namespace gforbit::solvers
