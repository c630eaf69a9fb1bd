// A program with one job type: the toy.
#include "commands/program.hpp"
#include "toy_job/job.hpp"

int main(int argc, char** argv) {
  return gforbit::commands::run_program(argc, argv, {gforbit::toy_job::collatz_job()});
}
