#include "gforbit/solvers/call.hpp"

namespace gforbit::solvers {

void Program::write(core::ByteWriter& out) const {
  out.put(static_cast<std::uint64_t>(command.size()));
  for (const std::string& argument : command) out.put_text(argument);
  out.put(protocol).put(ready).put(recycle).put(limits);
}

Program Program::read(core::ByteReader& in) {
  Program program;
  program.command.resize(in.get_count(sizeof(std::uint64_t)));
  for (std::string& argument : program.command) argument = in.get_text();
  program.protocol = in.get<Protocol>();
  program.ready = in.get<bool>();
  program.recycle = in.get<std::uint64_t>();
  program.limits = in.get<Limits>();
  return program;
}

void Call::write(core::ByteWriter& out) const {
  out.put(number).put(program).put_text(request);
}

Call Call::read(core::ByteReader& in) {
  Call call;
  call.number = in.get<std::uint64_t>();
  call.program = in.get<std::uint32_t>();
  call.request = in.get_text();
  return call;
}

void Outcome::write(core::ByteWriter& out) const {
  out.put(number).put(ending).put(code).put_text(reply).put_text(message).put_text(stderr_tail);
  out.put(wall_s).put(cpu_s).put(peak_memory);
}

Outcome Outcome::read(core::ByteReader& in) {
  Outcome outcome;
  outcome.number = in.get<std::uint64_t>();
  outcome.ending = in.get<Ending>();
  outcome.code = in.get<int>();
  outcome.reply = in.get_text();
  outcome.message = in.get_text();
  outcome.stderr_tail = in.get_text();
  outcome.wall_s = in.get<double>();
  outcome.cpu_s = in.get<double>();
  outcome.peak_memory = in.get<std::uint64_t>();
  return outcome;
}

}  // namespace gforbit::solvers
