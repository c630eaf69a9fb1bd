#include "gforbit/store/cancel_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::store {
namespace {

using testing_support::TempFolder;

class CancelFileTest : public ::testing::Test {
 protected:
  void append(const std::string& text) const {
    std::ofstream(output_.string() + ".cancel", std::ios::app) << text;
  }
  std::vector<std::string> asked(CancelInbox& inbox) const {
    std::vector<std::string> items;
    for (const CancelRequest& request : inbox.take()) items.push_back(request.item);
    return items;
  }

  TempFolder folder_;
  std::filesystem::path output_ = folder_.write("a.h5", "");
};

using Items = std::vector<std::string>;

TEST_F(CancelFileTest, RequestsAreSeenOnceAndAnswered) {
  const OutputTarget target(output_, true);
  CancelInbox inbox(target.path());
  EXPECT_EQ(asked(inbox), Items{});
  const CancelCall first(output_, "tab\there \\ new\nline"), second(output_, "b");
  const auto requests = inbox.take();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].item, "tab\there \\ new\nline");
  EXPECT_EQ(asked(inbox), Items{});
  EXPECT_FALSE(first.answer());
  inbox.answer(requests[1], {true, "b\nis cancelled"});
  EXPECT_FALSE(first.answer());
  ASSERT_TRUE(second.answer());
  EXPECT_TRUE(second.answer()->cancelled);
  EXPECT_EQ(second.answer()->text, "b\nis cancelled");
  EXPECT_EQ(asked(inbox), Items{}) << "its own answer is no request";
  EXPECT_TRUE(first.is_running());
  inbox.remove();
  EXPECT_FALSE(std::filesystem::exists(first.path()));
  EXPECT_TRUE(second.answer()) << "of a run that ended with it";
}

TEST_F(CancelFileTest, ARestartTakesWhatWasNotRefused) {
  append(
      "cancel\t1\ta\ncancel\t2\tb\nanswer\t1\tno\tno such "
      "item\nanswer\t2\tyes\tdone\ncancel\t3\tc\nrubbish\n\ncancel\t4\thalf");
  CancelInbox inbox(output_);
  EXPECT_EQ(asked(inbox), (Items{"b", "c"}));
  append(" an id\n");
  EXPECT_EQ(asked(inbox), Items{"half an id"});
}

TEST_F(CancelFileTest, AnotherFileOfThisNameIsReadFromItsBegin) {
  append("cancel\t1\ta\n");
  CancelInbox inbox(output_);
  EXPECT_EQ(asked(inbox), Items{"a"});
  inbox.remove();
  EXPECT_EQ(asked(inbox), Items{});
  append("cancel\t2\tb\n");
  EXPECT_EQ(asked(inbox), Items{"b"});
}

TEST_F(CancelFileTest, RunsThatDoNotWorkAreRefused) {
  EXPECT_THROW(CancelCall(output_, "a"), core::InputError);
  { const OutputTarget target(output_, true); }
  EXPECT_THROW(CancelCall(output_, "a"), core::InputError);
  std::ofstream(output_.string() + ".lock") << "process 1 on host other\n";  // left, and no process holds it
  EXPECT_THROW(CancelCall(output_, "a"), core::InputError);
  EXPECT_FALSE(std::filesystem::exists(output_.string() + ".cancel"));
}

}  // namespace
}  // namespace gforbit::store
