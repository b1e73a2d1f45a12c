// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the command says: documents on standard output, progress, notes and errors on standard error.

#include <string>
#include <vector>

#include "limpid/core/progress.h"

namespace limpid {

/// Set by the options of the same name.
struct Console {
  bool json = false;
  bool quiet = false;
  std::string color = "auto";  // always, never
};
Console& console();

/// "limpid: …" on standard error, red where colours are wanted.
void print_error(const std::string& sentence);

/// "limpid: …" on standard error unless --quiet.
void print_note(const std::string& sentence);

/// A finished part of the work, on standard output (with --json on standard error) unless --quiet.
void print_line(const std::string& line);

/// Draws a bar on standard error while that is a terminal, and throws an Error once the user has pressed Ctrl-C;
/// `steps` are what is counted, `kept` is whether what is finished by then stays.
Progress terminal_progress(const std::string& steps = "inputs", bool kept = true);

/// The arguments of the process.
std::vector<std::string>& command_words();

}  // namespace limpid
