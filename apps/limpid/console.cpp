// SPDX-License-Identifier: Apache-2.0
#include "console.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "limpid/core/error.h"

namespace limpid {
namespace {

std::atomic<bool> interrupted{false};

void interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);  // a second time ends at once
}

bool colored() {
  if (console().color != "auto") return console().color == "always";
  return isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
}

void draw_bar(int64_t done, int64_t all, std::string_view what) {
  constexpr int64_t kWidth = 30;
  const int64_t filled = all > 0 ? kWidth * done / all : 0;
  const std::string bar =
      std::string(static_cast<size_t>(filled), '#') + std::string(static_cast<size_t>(kWidth - filled), '.');
  std::fprintf(stderr, "\r[%s] %lld/%lld %.*s\033[K", bar.c_str(), static_cast<long long>(done),
               static_cast<long long>(all), static_cast<int>(what.size()), what.data());
  if (done == all) std::fputs("\r\033[K", stderr);
}

}  // namespace

Console& console() {
  static Console values;
  return values;
}

void print_error(const std::string& sentence) {
  const char* const name = colored() ? "\033[1;31mlimpid:\033[0m" : "limpid:";
  std::fprintf(stderr, "%s %s\n", name, sentence.c_str());
}

void print_note(const std::string& sentence) {
  if (!console().quiet) std::fprintf(stderr, "limpid: %s\n", sentence.c_str());
}

void print_line(const std::string& line) {
  if (console().quiet) return;
  std::fprintf(console().json ? stderr : stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

Progress terminal_progress(const std::string& steps, bool kept) {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  const bool drawn = !console().quiet && isatty(STDERR_FILENO);
  return [drawn, steps, kept](int64_t done, int64_t all, std::string_view what) {
    if (drawn) draw_bar(done, all, what);
    if (interrupted)
      fail("interrupted after ", done, " of ", all, " ", steps,
           kept ? "; what was finished is kept" : "; results are written at the end, and there are none yet");
  };
}

std::vector<std::string>& command_words() {
  static std::vector<std::string> words;
  return words;
}

}  // namespace limpid
