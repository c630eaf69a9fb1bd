#include "cycles/options.hpp"

#include <gtest/gtest.h>

#include "unit/config/temp_folder.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::message_of;
using testing_support::TempFolder;

using Arguments = std::vector<std::string>;

Arguments with_register(Arguments more = {}) {
  Arguments arguments{"--field=2", "--coefficients=1,1,0,1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string refused(const Arguments& arguments) {
  const std::string message =
      message_of<core::UsageError>([&] { static_cast<void>(parse_cycles_options(arguments)); });
  const std::string hint = "\nTry 'gforbit cycles --help'.";
  EXPECT_TRUE(message.ends_with(hint)) << message;
  return message.substr(0, message.size() - std::min(message.size(), hint.size()));
}

TEST(CyclesOptions, Defaults) {
  const auto options = parse_cycles_options(with_register());
  EXPECT_EQ(options.field, 2U);
  EXPECT_EQ(options.form.coefficients, (std::vector<std::uint64_t>{1, 1, 0, 1}));
  EXPECT_TRUE(options.modulus.empty());
  EXPECT_FALSE(options.form.feedback || options.form.degree || options.registers || options.batch);
  EXPECT_EQ(options.method, Method::automatic);
  EXPECT_EQ(options.store_cycles, 1000000U);
  EXPECT_EQ(options.simd, std::nullopt);
  EXPECT_EQ(options.common.output, "gforbit-cycles.h5");
  for (const std::string line :
       {"field = 2", "coefficients = 1,1,0,1", "method = auto", "store-cycles = 1000000",
        "output = gforbit-cycles.h5", "force = false", "stop-after = off"}) {
    EXPECT_NE(("\n" + options.settings.text()).find("\n" + line + "\n"), std::string::npos) << line;
  }
  EXPECT_EQ(options.settings.text().find("feedback"), std::string::npos) << "what has no value is not there";
}

TEST(CyclesOptions, EveryOptionIsAKeyOfTheFile) {
  const TempFolder folder;
  CyclesOptions target;
  const auto command = cycles_command(target);
  for (const auto& section : command.sections) {
    for (const auto& option : section.options) {
      SCOPED_TRACE(option.name);
      const auto path = folder.write("run.ini", option.name + " =\n");
      EXPECT_EQ(refused({"--config", path}), path + ":1: missing value for key '" + option.name + "'");
      EXPECT_NE(config::help_text(command).find("--" + option.name), std::string::npos);
    }
  }
}

TEST(CyclesOptions, Values) {
  const auto options = parse_cycles_options(
      Arguments{"--field=4", "--modulus=1,1,1", "--feedback=x0 + x1^2*x2 + 1", "--degree=3",
                "--method=enumerate", "--store-cycles=all", "--simd=scalar"});
  EXPECT_EQ(options.modulus, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(options.form.feedback, "x0 + x1^2*x2 + 1");
  EXPECT_EQ(options.form.degree, 3);
  EXPECT_EQ(options.method, Method::enumerate);
  EXPECT_EQ(options.store_cycles, config::kNoLimit);
  EXPECT_EQ(options.simd, cycles::SimdLevel::scalar);
  EXPECT_EQ(parse_cycles_options(with_register({"--store-cycles=none"})).store_cycles, 0U);
  EXPECT_EQ(parse_cycles_options(with_register({"--store-cycles=12"})).store_cycles, 12U);
  EXPECT_EQ(parse_cycles_options(with_register({"--degree=4"})).form.degree, 4)
      << "may be said if it is right";
  EXPECT_EQ(parse_cycles_options(Arguments{"--batch", "-"}).batch, "-");
  EXPECT_EQ(parse_cycles_options(Arguments{"--field=2^8", "--coefficients=1"}).field, 256U);
  EXPECT_EQ(parse_cycles_options(Arguments{"--field=GF(3^4)", "--coefficients=1"}).field, 81U);
  EXPECT_TRUE(parse_cycles_options(Arguments{"--field=2", "--feedback=x0", "--degree=auto"}).form.any_degree);
  EXPECT_EQ(parse_cycles_options(Arguments{"--taps=4,3"}).form.taps, (std::vector<std::uint64_t>{4, 3}));
  EXPECT_EQ(parse_cycles_options(Arguments{"--galois", "--mask=0x9", "--shift=left"}).form.shift,
            fsr::Shift::left);
  EXPECT_EQ(parse_cycles_options(Arguments{"--field=3", "--registers", "a.csv"}).registers, "a.csv");
}

TEST(CyclesOptions, ExactlyOneSource) {
  const std::string rule =
      "give exactly one of --coefficients, --feedback, --polynomial, --taps, --mask, --system, --registers "
      "and "
      "--batch; ";
  EXPECT_EQ(refused({}), rule + "none is given");
  EXPECT_EQ(refused({"--field=2"}), rule + "none is given");
  EXPECT_EQ(refused(with_register({"--batch=a"})), rule + "'--coefficients' and '--batch' are given");
  EXPECT_EQ(refused(with_register({"--feedback=x0", "--degree=4", "--registers=a"})),
            rule + "'--coefficients' and '--feedback' and '--registers' are given");
  const TempFolder folder;
  const auto path = folder.write("run.ini", "batch = many.jsonl\n");
  EXPECT_EQ(refused({"--config", path, "--field=2", "--coefficients=1"}),
            rule + "'--coefficients' and 'batch' (" + path + ":1) are given");
}

TEST(CyclesOptions, WhatNeedsWhat) {
  EXPECT_EQ(
      refused({"--field=2", "--feedback=x0"}),
      "'--feedback' needs '--degree' (the number of cells is not in the text; auto takes its highest cell)");
  for (const Arguments& arguments : {Arguments{"--coefficients=1"}, Arguments{"--feedback=x0", "--degree=1"},
                                     Arguments{"--registers=a.csv"}}) {
    EXPECT_TRUE(refused(arguments).ends_with("needs '--field' (the order of the field, such as 2)"))
        << arguments[0];
  }
  EXPECT_TRUE(refused({"--batch=a", "--coalesce=equivalent"})
                  .starts_with("'--coalesce' needs '--store-cycles none' (equivalent registers share"));
  EXPECT_NO_THROW(parse_cycles_options(
      std::vector<std::string>{"--batch=a", "--coalesce=equivalent", "--store-cycles=none"}));
}

TEST(CyclesOptions, WhatExcludesWhat) {
  const std::string own = " and '--batch' exclude each other (each line of a batch carries its own)";
  EXPECT_EQ(refused({"--batch=a", "--field=2"}), "'--field'" + own);
  EXPECT_EQ(refused({"--batch=a", "--modulus=1,1,1"}), "'--modulus'" + own);
  EXPECT_EQ(refused({"--batch=a", "--degree=3"}), "'--degree'" + own);
  EXPECT_EQ(refused({"--batch=a", "--xnor"}), "'--xnor'" + own);
  EXPECT_EQ(refused(with_register({"--format=csv"})), "'--format' needs '--registers'");
}

TEST(CyclesOptions, BadValues) {
  for (const std::string wrong :
       {"--field=1", "--field=-2", "--field=2.0", "--modulus=1,1,", "--degree=0", "--degree=1048577",
        "--method=magic", "--store-cycles=some", "--store-cycles=-1", "--simd=avx"}) {
    SCOPED_TRACE(wrong);
    const auto option = wrong.substr(0, wrong.find('='));
    EXPECT_NE(refused({wrong}).find("for '" + option + "': "), std::string::npos);
  }
  EXPECT_EQ(
      refused({"--coefficients=1,x,1"}),
      "invalid value '1,x,1' for '--coefficients': element 2 is 'x': expected an integer from 0 to 2^64 - 1");
}

}  // namespace
}  // namespace gforbit::job_cycles
