/// A solver program that behaves as its first argument says: well, or as badly as programs do.
/// Further arguments: a tag that makes its processes findable, then a number.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

std::string mode, tag;
long number = 0;

[[noreturn]] void spin() {
  volatile unsigned long steps = 0;
  for (;;) steps = steps + 1;
}
[[noreturn]] void sleep_forever() {
  for (;;) pause();
}

std::string id_of(const std::string& request) {
  const auto at = request.find("\"id\": ") + 6;
  return request.substr(at, request.find_first_of(",}", at) - at);
}

void reply(const std::string& id) {
  std::cout << "{\"id\": " << id << ", \"outputs\": [[[" << id << "]]]}" << std::endl;
}

/// Away from parent, group and session, deaf to what can be ignored.
template <class Then>
void escape(Then then) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  setsid();
  for (const int s : {SIGTERM, SIGHUP, SIGINT}) signal(s, SIG_IGN);
  for (int i = 0; i < 3; ++i) close(i);
  then();
}

void misbehave(const std::string& id, const std::string& request) {
  if (mode == "spin") spin();
  if (mode == "sleep") sleep_forever();
  if (mode == "deaf") {
    for (int s = 1; s < 32; ++s) signal(s, SIG_IGN);
    sleep_forever();
  }
  if (mode == "fork") {
    for (int i = 0; i < 5; ++i) {
      if (fork() == 0) sleep_forever();
    }
    sleep_forever();
  }
  if (mode == "escape") {
    for (int i = 0; i < 3; ++i) escape(sleep_forever);
    sleep_forever();
  }
  if (mode == "escape-and-reply") {
    escape(sleep_forever);
    reply(id);
  }
  if (mode == "breed") {  // a chain of processes, each of which lives for an instant
    for (;;) {
      if (fork() != 0) _exit(0);
    }
  }
  if (mode == "spin-below") {
    for (int i = 0; i < 2; ++i) {
      if (fork() == 0) spin();
    }
    sleep_forever();
  }
  if (mode == "flood") {
    for (const std::string block(100000, 'x');;) std::cout << block;
  }
  if (mode == "flood-lines") {
    for (;;) std::cout << "nonsense\n";
  }
  if (mode == "half-line") {
    std::cout << "{\"id\": " << id << ", \"outp" << std::flush;
    sleep_forever();
  }
  if (mode == "half-line-and-exit") {
    std::cout << "{\"id\": " << id << ", \"outp" << std::flush;
    _exit(0);
  }
  if (mode == "close") {
    for (int i = 0; i < 3; ++i) close(i);
    sleep_forever();
  }
  if (mode == "abort") abort();
  if (mode == "terminate") raise(SIGTERM);
  if (mode == "exit") {
    std::cerr << "a last word" << std::endl;
    _exit(static_cast<int>(number));
  }
  if (mode == "allocate") {
    for (std::vector<std::vector<char>> all;;) all.emplace_back(std::size_t{4} << 20, 1);
  }
  if (mode == "allocate-below") {
    for (int i = 0; i < 4; ++i) {
      if (fork() != 0) continue;
      const std::vector<char> share(static_cast<std::size_t>(number) << 20, 1);
      sleep_forever();
    }
    sleep_forever();
  }
  if (mode == "unflushed") {
    std::cin.tie(nullptr);
    std::cout << "{\"id\": " << id << ", \"outputs\": []}\n";
  }
  if (mode == "twice") {
    reply(id);
    reply(id);
  }
  if (mode == "one-call") {
    reply(id);
    usleep(static_cast<useconds_t>(number) * 1000);
    _exit(3);
  }
  if (mode == "nap") {
    usleep(static_cast<useconds_t>(number) * 1000);
    reply(id);
  }
  if (mode == "echo") {
    usleep(static_cast<useconds_t>(number) * 1000);
    const auto at = request.rfind("\"input\": ") + 9;
    const std::string grid = request.substr(at, request.size() - at - 1);
    std::cout << "{\"id\": " << id << ", \"outputs\": [" << grid
              << ", {\"candidate\": \"same\", \"output\": " << grid << "}]}" << std::endl;
  }
  if (mode == "other-id") reply("12345678");
  if (mode == "surroundings") {
    std::cout << "{\"id\": " << id << ", \"variables\": \"";
    for (char** v = environ; *v != nullptr; ++v) {
      const std::string text(*v);
      std::cout << text.substr(0, text.find('=')) << ' ';
    }
    std::cout << "\", \"descriptors\": \"";
    for (const auto& item : std::filesystem::directory_iterator("/proc/self/fd"))
      std::cout << item.path().filename().string() << ' ';
    std::cout << "\"}" << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  mode = argc > 1 ? argv[1] : "reply";
  tag = argc > 2 ? argv[2] : "";
  number = argc > 3 ? std::atol(argv[3]) : 0;
  if (mode == "exit-at-once") return static_cast<int>(number);
  if (mode == "slow-start") usleep(static_cast<useconds_t>(number) * 1000);
  if (mode == "never-ready") sleep_forever();
  if (mode == "slow-start" || mode == "ready") std::cout << "{\"ready\": true}" << std::endl;
  for (std::string request; std::getline(std::cin, request);) {
    const std::string id = id_of(request);
    misbehave(id, request);
    if (mode == "reply" || mode == "ready" || mode == "slow-start") reply(id);
  }
  return 0;
}
