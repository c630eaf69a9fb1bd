// gforbit cancel: ends single items of a run that works.
#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <thread>

#include "commands/tool.hpp"
#include "gforbit/config/common.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/store/cancel_file.hpp"

namespace gforbit::commands {
namespace {

struct CancelValues {
  std::string file, item;
  std::chrono::milliseconds wait{};
};

config::Command describe_cancel(CancelValues& v) {
  return {
      .name = "cancel",
      .summary = "end one item of a run that works",
      .details =
          "Ends one item of a running run as 'cancelled': a register, a pipeline, a family, or a solver on "
          "tasks. The run continues with its other items. FILE.h5 is the output of the run; every node that "
          "sees its folder can make the request. Items that share the work of this one end with it.",
      .positionals = {{"FILE.h5", "the output of the run, which need not exist yet",
                       config::into(v.file, config::text())}},
      .sections =
          {{"Options",
            {{"item", "ID",
              "the id of a register or a pipeline; the name of a family as the log has it; for scoring "
              "the id of a solver, that of a task, or SOLVER/TASK",
              config::into(v.item, config::text())},
             {"wait", "T", "wait for the answer of the run so long",
              config::into(v.wait, config::parse_duration), "10"}}}},
      .examples = {{"gforbit cancel a.h5 --item r17", "the register 'r17' of a batch"},
                   {"gforbit cancel s.h5 --item slow", "all calls that the solver 'slow' has left"},
                   {"gforbit cancel s.h5 --item slow/007bbfb7", "those on one task"}}};
}

/// nullopt: there is none in this time, or the run ended without one.
std::optional<store::CancelAnswer> await_answer(const store::CancelCall& call,
                                                std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kPause{50};
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const bool running = call.is_running();  // an answer may come before the run ends
    if (auto answer = call.answer()) return answer;
    if (!running || std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(kPause);
  }
}

ExitStatus run_cancel(Arguments arguments, std::ostream& out) {
  CancelValues v;
  static_cast<void>(config::read_settings(describe_cancel(v), arguments));
  if (v.item.empty()) config::fail_usage("cancel", "missing '--item': the id of what to cancel");
  const store::CancelCall call(v.file, v.item);
  const auto answer = await_answer(call, v.wait);
  if (answer) {
    if (!answer->cancelled) throw core::InputError(fmt::format("'{}': {}", v.file, answer->text));
    out << answer->text << '\n';
    return ExitStatus::done;
  }
  if (!call.is_running())
    throw core::EnvironmentError(fmt::format(
        "the run of '{}' ended before it looked at this request: its results say what became of {}", v.file,
        core::quoted(v.item)));
  throw core::EnvironmentError(fmt::format(
      "no answer of the run of '{}' within {:g} s: the request stays in '{}', and holds when the run looks "
      "there (one that is suspended, or reads its input, does so later)",
      v.file, std::chrono::duration<double>(v.wait).count(), call.path().string()));
}

}  // namespace

std::vector<Tool> run_tools() {
  const auto describe = [] {
    CancelValues none;
    return describe_cancel(none);
  };
  const config::Command page = describe();
  return {{page.name, page.summary, describe, run_cancel}};
}

}  // namespace gforbit::commands
