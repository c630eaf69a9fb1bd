// Whole inputs: single registers, CSV and JSONL files, and mutated files that must never do more than be
// refused.
#include "cycles/input.hpp"

#include <gtest/gtest.h>

#include <random>

#include "seed.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::job_cycles {
namespace {

using namespace std::chrono_literals;
using testing_support::message_of;
using testing_support::TempFolder;

class InputTest : public ::testing::Test {
 protected:
  static BatchInput open(const std::vector<std::string>& arguments) {
    return BatchInput::from_options(parse_cycles_options(arguments));
  }
  BatchInput open_batch(std::string_view bytes, std::vector<std::string> arguments = {}) {
    arguments.push_back("--batch=" + folder_.write("b.jsonl", bytes));
    return open(arguments);
  }
  BatchInput open_csv(std::string_view bytes, const std::string& q = "2") {
    return open({"--field=" + q, "--registers=" + folder_.write("r.csv", bytes)});
  }
  // The refusal without the folder's path.
  template <class Open>
  std::string refusal(Open action) {
    std::string message = message_of<core::InputError>([&] { static_cast<void>(action()); });
    const std::string folder = folder_.path("");
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }
  std::string refused_batch(std::string_view bytes) {
    return refusal([&] { return open_batch(bytes); });
  }
  std::string refused_csv(std::string_view bytes) {
    return refusal([&] { return open_csv(bytes); });
  }

  TempFolder folder_;
};

TEST_F(InputTest, OneRegisterFromOptions) {
  auto input =
      open({"--field=4", "--degree=3", "--feedback=x0 + 2*x1*x2", "--timeout=2", "--method=enumerate"});
  ASSERT_EQ(input.size(), 1U);
  EXPECT_EQ(input.priority(0), Priority::normal);
  const auto request = input.at(0);
  EXPECT_EQ(request.id, "1");
  EXPECT_EQ(request.method, Method::enumerate);
  EXPECT_EQ(request.timeout, 2s);
  EXPECT_EQ(request.reg.field(), galois::Field::of_order(4));
  EXPECT_EQ(request.reg.feedback(), fsr::Feedback::parse(galois::Field::of_order(4), 3, "2*x1*x2 + x0"));
  EXPECT_EQ(open({"--field=2", "--coefficients=1,1"}).at(0).timeout, std::nullopt);
}

TEST_F(InputTest, OptionsThatDescribeNoRegisterAreBadUsage) {
  const auto refused = [](const std::vector<std::string>& arguments) {
    return message_of<core::UsageError>([&] { static_cast<void>(open(arguments)); });
  };
  EXPECT_TRUE(refused({"--field=6", "--coefficients=1"}).starts_with("'--field': "));
  EXPECT_TRUE(refused({"--field=6", "--registers=/no/such.csv"}).starts_with("'--field': "));
  EXPECT_TRUE(refused({"--field=4", "--modulus=1,0,1", "--coefficients=1"}).starts_with("'--modulus': "));
  EXPECT_TRUE(refused({"--field=2", "--coefficients=1,2"}).starts_with("'--coefficients': "));
  EXPECT_TRUE(refused({"--field=2", "--degree=2", "--feedback=x0 +"}).starts_with("'--feedback': "));
}

TEST_F(InputTest, BatchInInputOrder) {
  auto input = open_batch(
      "\xEF\xBB\xBF"
      "{\"field\": 2, \"coefficients\": [1, 1, 0, 1]}\r\n"
      "\r\n"
      "{\"field\": 3, \"degree\": 2, \"feedback\": \"x0 + x1^2\", \"id\": \"three\", \"priority\": "
      "\"idle\"}\r\n"
      "   \t\n"
      "{\"field\": 8, \"modulus\": [1, 0, 1, 1], \"coefficients\": [7], \"method\": \"algebraic\", "
      "\"timeout\": 0}",
      {"--timeout=5", "--method=enumerate"});
  ASSERT_EQ(input.size(), 3U);
  EXPECT_EQ(input.priority(0), Priority::normal);
  EXPECT_EQ(input.priority(1), Priority::idle);

  const auto third = input.at(2);  // in any order
  EXPECT_EQ(third.id, "5") << "the line number, blank lines counted";
  EXPECT_EQ(third.method, Method::algebraic);
  EXPECT_EQ(third.timeout, std::nullopt) << "0 in the line: none, whatever the option says";
  EXPECT_EQ(third.reg.field(), galois::Field::with_modulus(8, std::vector<std::uint64_t>{1, 0, 1, 1}));

  const auto first = input.at(0);
  EXPECT_EQ(first.id, "1");
  EXPECT_EQ(first.method, Method::enumerate);
  EXPECT_EQ(first.timeout, 5s);
  EXPECT_EQ(first.reg.feedback().text(), "x0 + x1 + x3");

  const auto second = input.at(1);
  EXPECT_EQ(second.id, "three");
  EXPECT_EQ(second.priority, Priority::idle);
  EXPECT_EQ(second.reg.degree(), 2);
}

TEST_F(InputTest, EmptyFilesHoldNoRegisters) {
  EXPECT_EQ(refused_batch(""), "b.jsonl holds no registers");
  EXPECT_EQ(refused_batch("\n \r\n"), "b.jsonl holds no registers");
  EXPECT_EQ(refused_batch("\xEF\xBB\xBF"), "b.jsonl holds no registers");
  EXPECT_EQ(refused_csv("\n"), "r.csv holds no registers");
}

TEST_F(InputTest, ErrorsNameFileAndLine) {
  const std::string good = "{\"field\": 2, \"coefficients\": [1]}\n";
  EXPECT_EQ(refused_batch(good + "\n{\"feild\": 2}\n"),
            "b.jsonl:3: unknown key 'feild'; did you mean 'field'?");
  EXPECT_EQ(refused_batch(good + "{\"field\": 2, \"coefficients\": [1,]}\n")
                .find("b.jsonl:2: column 33: not valid JSON"),
            0U);
  EXPECT_EQ(refused_batch(good + "{\"field\": 2").find("b.jsonl:2: column "), 0U);
  EXPECT_EQ(refused_batch(good + "{\"field\": 2, \"coefficients\": [1, 2]}\n")
                .find("b.jsonl:2: key 'coefficients': "),
            0U);
  EXPECT_EQ(refused_batch(good + std::string(1'000'000, '[')),
            "b.jsonl:2: expected one JSON object a line, found a list");
  EXPECT_EQ(refused_batch(good + std::string(1, '\0') + good),
            "b.jsonl:2: column 1: a NUL byte: this is no text file");
  EXPECT_EQ(refusal([&] { return open({"--batch=" + folder_.path("none")}); }),
            "cannot read 'none': No such file or directory");
  EXPECT_EQ(refusal([&] { return open({"--batch=/"}); }), "cannot read '/': Is a directory");
}

TEST_F(InputTest, DuplicateIdentifiersNameBothLines) {
  const auto line = [](const std::string& id) { return "{\"field\": 2, \"coefficients\": [1]" + id + "}\n"; };
  const std::string hint = " already (without the key, the line number is the id)";
  EXPECT_EQ(refused_batch(line(", \"id\": \"a\"") + line("") + "\n" + line(", \"id\": \"a\"")),
            "b.jsonl:4: key 'id': 'a' is the id of line 1" + hint);
  EXPECT_EQ(refused_batch(line(", \"id\": \"2\"") + line("")),
            "b.jsonl:2: key 'id': '2' is the id of line 1" + hint);
  EXPECT_EQ(refused_batch(line(", \"id\": 7") + line(", \"id\": \"7\"")),
            "b.jsonl:2: key 'id': '7' is the id of line 1" + hint);
  EXPECT_EQ(open_batch(line(", \"id\": \"a\"") + line(", \"id\": \"A\"")).size(), 2U);
}

TEST_F(InputTest, EqualWorkIsFoundHoweverItIsWritten) {
  const std::string lines =
      R"({"field": 4, "coefficients": [1, 2, 0], "id": "a"})"
      "\n"
      R"({"field": 4, "degree": 3, "feedback": "x0 + 2*x1", "priority": "high"})"
      "\n"
      R"({"field": 4, "modulus": [1, 1, 1], "degree": 3, "feedback": "3*x1 + x1 + x0^4"})"
      "\n"
      R"({"field": 4, "coefficients": [1, 2]})"
      "\n"
      R"({"field": 4, "coefficients": [1, 2, 0], "method": "enumerate"})"
      "\n"
      R"({"field": 4, "coefficients": [1, 2, 0], "timeout": 1})"
      "\n"
      R"({"field": 5, "coefficients": [1, 2, 0]})"
      "\n"
      R"({"field": 4, "degree": 2, "feedback": "2*x1 + x0", "timeout": 0})"
      "\n";
  const auto first_of = [](const BatchInput& input) {
    std::vector<std::uint64_t> first;
    for (std::uint64_t row = 0; row < input.size(); ++row) first.push_back(input.first_equal(row));
    return first;
  };
  EXPECT_EQ(first_of(open_batch(lines)), (std::vector<std::uint64_t>{0, 0, 0, 3, 4, 5, 6, 3}));
  EXPECT_EQ(first_of(open_batch(lines, {"--timeout=1"})),
            (std::vector<std::uint64_t>{0, 0, 0, 3, 4, 0, 6, 7}))
      << "what counts is what a line amounts to with the options";
  EXPECT_EQ(first_of(open_batch(lines, {"--coalesce=off"})),
            (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(first_of(open_csv("1,1\n1,0\n\n1,1\n1,1,0\n")), (std::vector<std::uint64_t>{0, 1, 0, 3}));
  EXPECT_EQ(first_of(open({"--field=2", "--coefficients=1"})), (std::vector<std::uint64_t>{0}));
}

TEST_F(InputTest, AnEditedFileIsNoticed) {
  const std::string first = "{\"field\": 2, \"coefficients\": [1, 0]}\n",
                    second = "{\"field\": 2, \"coefficients\": [1, 1]}\n";
  auto input = open_batch(first + second);
  EXPECT_EQ(input.at(1).reg.feedback().text(), "x0 + x1");
  folder_.write("b.jsonl", first + first);
  EXPECT_EQ(input.at(0).reg.feedback().text(), "x0");
  // The last block read may still be held; another place in the file makes it be read again.
  const std::string filler(200'000, ' ');
  auto large = open_batch(first + filler + "\n" + second);
  static_cast<void>(large.at(0));
  folder_.write("b.jsonl", first + filler + "\n" + first);
  EXPECT_EQ(refusal([&] { return large.at(1); }),
            "b.jsonl:3: the file was changed after it had been validated");
}

TEST_F(InputTest, ALineOfTenMegabytes) {
  std::string coefficients = "1", text = "x0";
  while (coefficients.size() < 200'000) coefficients += ",1";
  while (text.size() < 500'000) text += " + x1*x2";
  auto input = open_batch("{\"field\": 2, \"coefficients\": [" + coefficients + "]}\n" + "{\"field\": 3, " +
                          std::string(10'000'000, ' ') + "\"degree\": 3, \"feedback\": \"" + text + "\"}\n" +
                          "{\"field\": 2, \"coefficients\": [1]}\n");
  ASSERT_EQ(input.size(), 3U);
  EXPECT_EQ(input.at(0).reg.degree(), static_cast<int>(coefficients.size() / 2 + 1));
  EXPECT_EQ(input.at(1).reg.degree(), 3);
  EXPECT_EQ(input.at(2).reg.degree(), 1);
}

TEST_F(InputTest, ManyLinesOverALargeFieldShareIt) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i)
    bytes += "{\"field\": 65536, \"coefficients\": [1, " + std::to_string(i % 65536) + "]}\n";
  auto input = open_batch(bytes);
  EXPECT_EQ(input.size(), 20'000U);
  EXPECT_EQ(input.at(19'999).id, "20000");
}

TEST_F(InputTest, CsvRows) {
  auto input = open_csv(
      "\xEF\xBB\xBF"
      "1,1,0\r\n\r\n\"1\", 0\n",
      "4");
  ASSERT_EQ(input.size(), 2U);
  EXPECT_EQ(input.at(0).reg.degree(), 3);
  EXPECT_EQ(input.at(1).reg.degree(), 2) << "rows may have different lengths";
  EXPECT_EQ(input.at(1).id, "3");
  EXPECT_EQ(input.at(1).reg.field(), galois::Field::of_order(4));
  EXPECT_EQ(input.priority(1), Priority::normal);
  EXPECT_EQ(refused_csv("1,1\n1,2\n").find("r.csv:2: column 2: '2'"), 0U);
  EXPECT_EQ(refused_csv("1,1\n1,1,\n").find("r.csv:2: column 3: the cell is empty"), 0U);
  auto own = open({"--field=8", "--modulus=1,0,1,1", "--registers=" + folder_.write("r.csv", "7,7\n")});
  EXPECT_EQ(own.at(0).reg.field().modulus_text(), "1,0,1,1");
}

// Valid lines with a few bytes changed, cut, doubled or taken from elsewhere.
std::string mutated(std::string text, std::mt19937_64& random) {
  static const std::string kAlphabet = "{}[]\",:0123456789-+.eEx* ^truefalsn\\u\n\r\t\xEF\xBB\xBF\xFF\x80\0";
  const int edits = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < edits && !text.empty(); ++i) {
    const std::size_t at = random() % text.size(), length = 1 + random() % 6;
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), length));
        break;
      case 3:
        text.insert(at, 1, kAlphabet[random() % kAlphabet.size()]);
        break;
      default:
        text[at] = kAlphabet[random() % kAlphabet.size()];
        break;
    }
  }
  return text;
}

TEST_F(InputTest, MutatedFilesAreReadOrRefused) {
  const std::vector<std::string> lines{
      R"({"field": 2, "coefficients": [1, 1, 0, 1], "id": "a"})",
      R"({"field": 4, "modulus": [1, 1, 1], "degree": 3, "feedback": "x0 + 2*x1^2*x2 + 1", "priority": "low"})",
      R"({"field": 9, "degree": 2, "coefficients": [8, 3], "timeout": 1.5, "method": "auto", "id": 3})"};
  const auto seed = testing_support::test_seed();
  std::mt19937_64 random(seed);
  int read = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    const bool csv = round % 4 == 0;
    const std::string bytes =
        mutated(csv ? "1,1,0\n0,1\n\"1\",1\n" : lines[0] + "\n" + lines[1] + "\r\n" + lines[2], random);
    SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round) + ": " + bytes);
    try {
      auto input = csv ? open_csv(bytes) : open_batch(bytes);
      ASSERT_GT(input.size(), 0U);
      for (std::uint64_t row = 0; row < input.size(); ++row) {
        const auto request = input.at(row);
        EXPECT_EQ(request.priority, input.priority(row));
        EXPECT_FALSE(request.id.empty());
      }
      ++read;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.status(), core::ExitStatus::input);
      EXPECT_LT(std::string(error.what()).size(), 1000U);
      ++refused;
    }
  }
  EXPECT_GT(read, 0) << "seed " << seed;
  EXPECT_GT(refused, 0) << "seed " << seed;
}

}  // namespace
}  // namespace gforbit::job_cycles
