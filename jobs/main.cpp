// The program gforbit: the list of its job types.
#include "commands/program.hpp"
#include "cycles/job.hpp"
#include "scoring/job.hpp"
#include "search/job.hpp"
#include "stream/job.hpp"

int main(int argc, char** argv) {
  return gforbit::commands::run_program(
      argc, argv,
      {gforbit::job_cycles::cycles_job(), gforbit::job_scoring::scoring_job(),
       gforbit::job_stream::stream_job(), gforbit::job_search::search_job()});
}
