// SPDX-License-Identifier: Apache-2.0
#pragma once
// A study's report: one sequence of headings, sentences, tables and figures, as a page and as Markdown.

#include <filesystem>
#include <utility>

#include "limpid/render/page.h"

namespace limpid {

struct NamedChart {
  std::string name;  // of its file
  std::string svg;
};

class StudyReport {
 public:
  /// Figures go below `folder`/figures as they come.
  StudyReport(std::filesystem::path folder, const std::string& title, const std::string& subtitle);

  void heading(const std::string& text);
  void subheading(const std::string& text);
  void paragraph(const std::string& text);
  void list(const std::vector<std::string>& entries);
  void table(const Table& table, const std::string& caption = "");
  void charts(const std::vector<NamedChart>& charts, const std::string& caption = "");
  void picture(const std::string& name, const Tensor& picture, const std::string& caption);

  /// report.html and report.md.
  void write() const;
  /// Below the folder, in order.
  const std::vector<std::string>& figures() const { return figures_; }

 private:
  std::string figure(const std::string& file, const std::string& bytes);

  std::filesystem::path folder_;
  Page page_;
  std::string markdown_;
  std::vector<std::string> figures_;
};

}  // namespace limpid
