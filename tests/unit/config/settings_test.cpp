// Flags, files and defaults against a small command of its own.
#include "gforbit/config/settings.hpp"

#include <gtest/gtest.h>

#include "gforbit/config/common.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::config {
namespace {

using testing_support::message_of;
using testing_support::TempFolder;

struct Values {
  std::string feedback, forms;
  std::uint64_t threads{}, store{};
  bool force{}, dry_run{};
  std::string file;
  int reads{};
};

Command command_for(Values& v) {
  const auto counted = [&v](std::string_view text) {
    ++v.reads;
    return parse_natural(text, 1, 64);
  };
  return {.name = "try",
          .summary = "a command for tests",
          .sections = {{"First",
                        {{"feedback", "TEXT", "a text", into(v.feedback, text())},
                         {"threads", "N", "a number", into(v.threads, counted), "2"},
                         {"force", "", "a switch", into(v.force, parse_switch), "false"}}},
                       {"Second",
                        {{"store-cycles", "N", "another number", into(v.store, natural()), "1000"},
                         {.name = "form",
                          .value_name = "A,B",
                          .help = "may be given several times",
                          .read = into(v.forms, text()),
                          .repeated = true},
                         {"dry-run", "", "another switch", into(v.dry_run, parse_switch), "false"}}}},
          .reads_config = true};
}

class SettingsTest : public ::testing::Test {
 protected:
  Settings read(const std::vector<std::string>& arguments) {
    values_ = {};
    return read_settings(command_for(values_), arguments);
  }
  Settings read_file(std::string_view bytes, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--config", folder_.write("run.ini", bytes)});
    return read(arguments);
  }
  // The message without the hint that every one must end with.
  std::string refusal(const std::function<void()>& action) {
    const std::string message = message_of<core::UsageError>(action);
    const std::string hint = "\nTry 'gforbit try --help'.";
    EXPECT_TRUE(message.ends_with(hint)) << message;
    return message.substr(0, message.size() - std::min(message.size(), hint.size()));
  }
  std::string refused(const std::vector<std::string>& arguments) {
    return refusal([&] { static_cast<void>(read(arguments)); });
  }
  // ... with the folder's path cut off.
  std::string refused_file(std::string_view bytes, const std::vector<std::string>& arguments = {}) {
    std::string message = refusal([&] { static_cast<void>(read_file(bytes, arguments)); });
    const std::string folder = folder_.path("");
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder))
      message.erase(at, folder.size());
    return message;
  }

  TempFolder folder_;
  Values values_;
};

TEST_F(SettingsTest, DefaultsAreReadOnce) {
  const auto settings = read({});
  EXPECT_EQ(values_.threads, 2U);
  EXPECT_EQ(values_.store, 1000U);
  EXPECT_EQ(values_.reads, 1);
  EXPECT_FALSE(settings.given("threads"));
  EXPECT_EQ(settings.text(), "threads = 2\nforce = false\nstore-cycles = 1000\ndry-run = false\n");
}

TEST_F(SettingsTest, FlagsComeInBothForms) {
  const auto settings = read({"--threads=5", "--feedback", "x0 + x1", "--force"});
  EXPECT_EQ(values_.threads, 5U);
  EXPECT_EQ(values_.feedback, "x0 + x1");
  EXPECT_TRUE(values_.force);
  EXPECT_FALSE(values_.dry_run);
  EXPECT_TRUE(settings.given("threads"));
  EXPECT_EQ(settings.origin("threads"), "'--threads'");
  read({"--force=no"});
  EXPECT_FALSE(values_.force);
}

TEST_F(SettingsTest, UnknownOptions) {
  EXPECT_EQ(refused({"--thread", "4"}), "unknown option '--thread'; did you mean '--threads'?");
  EXPECT_EQ(refused({"--thr=4"}), "unknown option '--thr'; did you mean '--threads'?") << "no abbreviations";
  EXPECT_EQ(refused({"--store_cycles=4"}), "unknown option '--store_cycles'; did you mean '--store-cycles'?");
  EXPECT_EQ(refused({"--Force"}), "unknown option '--Force'; did you mean '--force'?");
  EXPECT_EQ(refused({"--confg=x"}), "unknown option '--confg'; did you mean '--config'?");
  EXPECT_EQ(refused({"--quite-something-else"}), "unknown option '--quite-something-else'");
}

TEST_F(SettingsTest, MissingValues) {
  const std::string missing = "missing value for '--threads'";
  EXPECT_EQ(refused({"--threads"}), missing);
  EXPECT_EQ(refused({"--threads="}), missing);
  EXPECT_EQ(refused({"--threads", ""}), missing);
  EXPECT_EQ(refused({"--threads", "--force"}), missing);
  EXPECT_EQ(refused({"--threads", "--unheard-of"}), missing);
  EXPECT_EQ(refused({"--force", "--threads"}), missing);
  EXPECT_EQ(refused({"--config"}), "missing value for '--config'");
}

TEST_F(SettingsTest, NothingIsGivenTwice) {
  EXPECT_EQ(refused({"--threads", "1", "--threads=1"}), "'--threads' is given twice");
  EXPECT_EQ(refused({"--force", "--force"}), "'--force' is given twice");
  EXPECT_EQ(refused({"--config", "a", "--config", "b"}), "'--config' is given twice");
}

TEST_F(SettingsTest, ARepeatedOptionIsOneListOfAllItsValues) {
  const Settings settings = read({"--form", "3,1", "--threads", "1", "--form=2,2"});
  EXPECT_EQ(values_.forms, "3,1 2,2");
  EXPECT_NE(settings.text().find("form = 3,1 2,2\n"), std::string::npos);
  static_cast<void>(read_file("form = 5,1\n", {"--form", "7"}));  // a flag overrides the file
  EXPECT_EQ(values_.forms, "7");
}

TEST_F(SettingsTest, ArgumentsWithoutAName) {
  EXPECT_EQ(refused({"file"}), "unexpected argument 'file'");
  EXPECT_EQ(refused({"-threads", "3"}), "unexpected argument '-threads'; did you mean '--threads'?");
  EXPECT_EQ(refused({"--force", "yes"}), "unexpected argument 'yes'");
  EXPECT_EQ(refused({"--", "--force"}), "unexpected argument '--force'; did you mean '--force'?");
  EXPECT_EQ(refused({"-"}), "unexpected argument '-'");
  EXPECT_EQ(refused({""}), "unexpected argument ''");
}

TEST_F(SettingsTest, BadValues) {
  EXPECT_EQ(refused({"--threads", "-3"}),
            "invalid value '-3' for '--threads': expected an integer from 1 to 64");
  EXPECT_EQ(refused({"--threads", "9999999999999999999999"}),
            "invalid value '9999999999999999999999' for '--threads': expected an integer from 1 to 64");
  EXPECT_EQ(refused({"--threads=four"}),
            "invalid value 'four' for '--threads': expected an integer from 1 to 64");
  EXPECT_EQ(refused({"--force=maybe"}),
            "invalid value 'maybe' for '--force': expected one of true, false, yes, no, on, off, 1, 0");
  EXPECT_EQ(refused({"--feedback", "x0\n+ x1"}),
            "invalid value 'x0\\x0a+ x1' for '--feedback': a value cannot contain control characters such as "
            "line feeds or "
            "tabs");
}

TEST_F(SettingsTest, PositionalsAreCounted) {
  std::string file;
  const Command command{.name = "show",
                        .summary = "",
                        .positionals = {{"FILE.h5", "a file", into(file, text())}},
                        .sections = {{"Options", {{"digest", "", "", [](std::string_view) {}, "false"}}}}};
  const auto read_show = [&](std::vector<std::string> arguments) {
    return read_settings(command, arguments);
  };
  static_cast<void>(read_show({"a.h5", "--digest"}));
  EXPECT_EQ(file, "a.h5");
  static_cast<void>(read_show({"--digest", "b.h5"}));
  EXPECT_EQ(file, "b.h5");
  static_cast<void>(read_show({"--digest", "--", "--odd.h5"}));
  EXPECT_EQ(file, "--odd.h5");
  const auto refused_show = [&](std::vector<std::string> arguments) {
    return message_of<core::UsageError>([&] { static_cast<void>(read_show(arguments)); });
  };
  EXPECT_EQ(refused_show({}), "missing argument FILE.h5\nTry 'gforbit show --help'.");
  EXPECT_EQ(refused_show({"a", "b"}), "unexpected argument 'b'\nTry 'gforbit show --help'.");
  EXPECT_EQ(refused_show({""}), "argument FILE.h5 is empty\nTry 'gforbit show --help'.");
  EXPECT_EQ(refused_show({"a", "--config", "c"}), "unknown option '--config'\nTry 'gforbit show --help'.");
}

TEST_F(SettingsTest, FileThenFlags) {
  const auto settings =
      read_file("threads = 8\n force=yes\nfeedback = x0 + x1*x2^2 + 1, # no comment\n", {"--threads", "3"});
  EXPECT_EQ(values_.threads, 3U) << "a flag beats the file";
  EXPECT_TRUE(values_.force);
  EXPECT_EQ(values_.feedback, "x0 + x1*x2^2 + 1, # no comment");
  EXPECT_EQ(settings.origin("threads"), "'--threads'");
  EXPECT_EQ(settings.origin("force"), "'force' (" + folder_.path("run.ini") + ":2)");
  EXPECT_TRUE(settings.given("force"));
  read_file("force = true\n", {"--force=false"});
  EXPECT_FALSE(values_.force);
}

TEST_F(SettingsTest, FileForms) {
  read_file(
      "\xEF\xBB\xBF# comment\r\n\r\n   # indented "
      "comment\r\n[try]\r\nthreads=8\r\n\tdry-run\t=\ton\t\r\nstore-cycles = 7");
  EXPECT_EQ(values_.threads, 8U);
  EXPECT_TRUE(values_.dry_run);
  EXPECT_EQ(values_.store, 7U);
  read_file("feedback = #a=b\n");
  EXPECT_EQ(values_.feedback, "#a=b");
  read_file("");
  EXPECT_EQ(values_.threads, 2U);
}

TEST_F(SettingsTest, WrongFiles) {
  EXPECT_EQ(refused_file("force = true\nthread = 4\n"),
            "run.ini:2: unknown key 'thread'; did you mean 'threads'?");
  EXPECT_EQ(refused_file("--threads = 4\n"), "run.ini:1: unknown key '--threads'; did you mean 'threads'?");
  EXPECT_EQ(refused_file("threads = 4\n\n# x\nthreads = 4\n"),
            "run.ini:4: key 'threads' appears twice, first in line 1");
  EXPECT_EQ(refused_file("threads = 4\nthreads = 4\n", {"--threads=1"}),
            "run.ini:2: key 'threads' appears twice, first in line 1");
  EXPECT_EQ(refused_file("\nthreads\n"), "run.ini:2: expected 'key = value', found 'threads'");
  EXPECT_EQ(refused_file("= 4\n"), "run.ini:1: no key before '='");
  EXPECT_EQ(refused_file("threads =\n"), "run.ini:1: missing value for key 'threads'");
  EXPECT_EQ(refused_file("threads = 0\n"),
            "invalid value '0' for 'threads' (run.ini:1): expected an integer from 1 to 64");
  EXPECT_EQ(
      refused_file("force = maybe\n"),
      "invalid value 'maybe' for 'force' (run.ini:1): expected one of true, false, yes, no, on, off, 1, 0");
  EXPECT_EQ(refused_file("config = b.ini\n"),
            "run.ini:1: key 'config': a configuration file cannot name another one");
  EXPECT_EQ(refused_file("help = yes\n"), "run.ini:1: unknown key 'help'");
  EXPECT_EQ(refused_file("[other]\nthreads = 1\n"),
            "run.ini:1: section '[other]' is not for the command 'try'; only [try] is");
  EXPECT_EQ(refused_file(std::string("threads = 1\0001\n", 14)),
            "invalid value '1\\x001' for 'threads' (run.ini:1): a value cannot contain control characters "
            "such as line feeds "
            "or tabs");
}

TEST_F(SettingsTest, FilesThatCannotBeRead) {
  const auto refused_path = [&](const std::string& path) { return refused({"--config", path}); };
  EXPECT_EQ(refused_path("/no/such/file"),
            "--config: cannot read '/no/such/file': No such file or directory");
  EXPECT_EQ(refused_path("/"), "--config: cannot read '/': Is a directory");
}

TEST_F(SettingsTest, EffectiveTextIsAConfigurationOfItsOwn) {
  const auto first = read_file("feedback = x0 + #1\nforce = on\n", {"--store-cycles", "5", "--dry-run"});
  EXPECT_EQ(first.text(),
            "feedback = x0 + #1\nthreads = 2\nforce = true\nstore-cycles = 5\ndry-run = true\n");
  const auto again = read_file(first.text());
  EXPECT_EQ(again.text(), first.text());
  EXPECT_EQ(values_.store, 5U);
  EXPECT_TRUE(values_.dry_run);
}

TEST_F(SettingsTest, HelpComesFromTheSameTable) {
  const std::string help = help_text(command_for(values_));
  EXPECT_TRUE(help.starts_with("Usage: gforbit try [options]\n\na command for tests\n")) << help;
  for (const std::string part :
       {"First:\n", "Second:\n", "  --threads N ", "[default: 2]", "  --force ", "--config FILE", "--help"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(help.find("[default: false]"), std::string::npos) << "a switch is off, that goes without saying";
}

TEST(Help, KeepsItsWidth) {
  CommonOptions options;
  const Command command{.name = "try",
                        .summary = std::string(300, 'x') + " " + std::string(99, 'y') + " z",
                        .sections = {common_section(options, "out.h5", "the goal")},
                        .examples = {{"gforbit try", "an example"}},
                        .notes = exit_status_notes(),
                        .reads_config = true};
  const std::string help = help_text(command);
  std::size_t start = 0;
  for (auto end = help.find('\n'); end != std::string::npos; start = end + 1, end = help.find('\n', start)) {
    const auto line = help.substr(start, end - start);
    EXPECT_TRUE(line.size() <= 100 || line.find(' ') == std::string::npos) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
}

TEST(CommonOptions, DefaultsAndValues) {
  CommonOptions options;
  const Command command{.name = "try",
                        .summary = "",
                        .sections = {common_section(options, "out.h5", "the goal")},
                        .reads_config = true};
  const auto read = [&](std::vector<std::string> arguments) { return read_settings(command, arguments); };
  static_cast<void>(read({}));
  EXPECT_EQ(options.output, "out.h5");
  EXPECT_FALSE(options.threads || options.memory || options.stop_after || options.force || options.dry_run);
  EXPECT_EQ(options.timeout.count(), 0);
  EXPECT_EQ(options.coalesce, Coalesce::equal);
  EXPECT_EQ(options.progress, Progress::automatic);

  static_cast<void>(read({"--threads=4", "--memory=2GiB", "--stop-after=3", "--timeout=1.5", "--coalesce=off",
                          "--progress=never", "--log-format=json", "--output=a.h5"}));
  EXPECT_EQ(options.threads, 4);
  EXPECT_EQ(options.memory, std::uint64_t{2} << 30);
  EXPECT_EQ(options.stop_after, 3U);
  EXPECT_EQ(options.timeout.count(), 1500);
  EXPECT_EQ(options.coalesce, Coalesce::off);
  EXPECT_EQ(options.progress, Progress::never);
  EXPECT_EQ(options.log_format, LogFormat::json);
  EXPECT_EQ(options.output, "a.h5");

  for (const std::string wrong : {"--threads=0", "--threads=65537", "--stop-after=0", "--memory=0",
                                  "--timeout=-1", "--coalesce=alike", "--progress=sometimes"}) {
    EXPECT_THROW(static_cast<void>(read({wrong})), core::UsageError) << wrong;
  }
}

}  // namespace
}  // namespace gforbit::config
