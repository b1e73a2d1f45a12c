// SPDX-License-Identifier: Apache-2.0
#include "limpid/core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "limpid/core/error.h"
#include "support/files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct EmptyFolder : testing::Folder {
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path)) all.push_back(entry.path().filename().string());
    return all;
  }
};

TEST(Files, AKilledProcessLeavesTheOldFileAndNothingElse) {
  const EmptyFolder folder;
  const fs::path path = folder.path / "a.txt";
  write_file(path, "old");
  const pid_t child = ::fork();
  if (child == 0) {
    GrowingFile file(path);
    file.append("new");
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(path, 100), "old");
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(Files, AGrowingFileIsSeenWholeOrNotAtAll) {
  const EmptyFolder folder;
  const fs::path path = folder.path / "a.txt";
  {
    GrowingFile given_up(path);
    given_up.append("part");
  }
  EXPECT_THAT(folder.names(), ElementsAre());
  GrowingFile file(path), other(path);
  file.append("one ");
  other.append("other");
  file.append("two");
  EXPECT_FALSE(fs::exists(path));
  file.commit();
  EXPECT_EQ(read_file(path, 100), "one two");
  other.commit();
  EXPECT_EQ(read_file(path, 100), "other");
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(Files, AFileIsAsReadableAsTheUmaskLets) {
  const EmptyFolder folder;
  const mode_t before = ::umask(027);
  write_file(folder.path / "a.txt", "x");
  ::umask(before);
  EXPECT_EQ(fs::status(folder.path / "a.txt").permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST(Files, WhatCannotBeWrittenIsNamed) {
  const EmptyFolder folder;
  EXPECT_THAT([&] { write_file(folder.path / "none/a.txt", "x"); },
              ThrowsMessage<Error>(HasSubstr("none/a.txt' cannot be written: its folder is missing or not writable")));
  make_folder(folder.path / "taken/inside");
  EXPECT_THAT([&] { write_file(folder.path / "taken", "x"); },
              ThrowsMessage<Error>(HasSubstr("taken' cannot be written")));
  EXPECT_THAT(folder.names(), ElementsAre("taken"));
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THAT([&] { write_file(folder.path / "large", std::string(2000, 'x')); },
              ThrowsMessage<Error>(HasSubstr("large' cannot be written: the disk is full or the file too large")));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_THAT(folder.names(), ElementsAre("taken"));
}

}  // namespace
}  // namespace limpid
