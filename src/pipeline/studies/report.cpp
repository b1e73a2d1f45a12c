// SPDX-License-Identifier: Apache-2.0
#include "pipeline/studies/report.h"

#include "limpid/core/files.h"
#include "limpid/render/png.h"

namespace limpid {
namespace {

/// Words as Markdown shows them unchanged.
std::string escaped(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (std::string("\\`*_<>[]#|").find(c) != std::string::npos) plain += '\\';
    plain += c;
  }
  return plain;
}

std::string caption_of(const std::string& text) { return text.empty() ? "" : "*" + escaped(text) + "*\n\n"; }

/// A chart as a file of its own, on white: in a page its letters have the page's colour.
std::string on_white(std::string svg) {
  return svg.replace(svg.find("<svg "), 5, R"(<svg style="background:#fff;color:#222" )");
}

}  // namespace

StudyReport::StudyReport(std::filesystem::path folder, const std::string& title, const std::string& subtitle)
    : folder_(std::move(folder)),
      page_(title, subtitle),
      markdown_("# " + escaped(title) + "\n\n" + escaped(subtitle) + "\n\n") {}

void StudyReport::heading(const std::string& text) {
  page_.heading(text);
  markdown_ += "## " + escaped(text) + "\n\n";
}

void StudyReport::subheading(const std::string& text) {
  page_.subheading(text);
  markdown_ += "### " + escaped(text) + "\n\n";
}

void StudyReport::paragraph(const std::string& text) {
  page_.paragraph(text);
  markdown_ += escaped(text) + "\n\n";
}

void StudyReport::list(const std::vector<std::string>& entries) {
  page_.list(entries);
  for (const std::string& entry : entries) markdown_ += "- " + escaped(entry) + "\n";
  markdown_ += "\n";
}

void StudyReport::table(const Table& table, const std::string& caption) {
  page_.table(table, caption);
  markdown_ += markdown(table) + "\n" + caption_of(caption);
}

void StudyReport::charts(const std::vector<NamedChart>& charts, const std::string& caption) {
  std::vector<std::string> svgs;
  for (const NamedChart& chart : charts) {
    svgs.push_back(chart.svg);
    markdown_ += "![" + escaped(chart.name) + "](" + figure(chart.name + ".svg", on_white(chart.svg)) + ")\n";
  }
  page_.charts(svgs, caption);
  markdown_ += "\n" + caption_of(caption);
}

void StudyReport::picture(const std::string& name, const Tensor& picture, const std::string& caption) {
  page_.picture(picture, caption);
  markdown_ += "![" + escaped(name) + "](" + figure(name + ".png", encode_png(picture)) + ")\n\n" + caption_of(caption);
}

std::string StudyReport::figure(const std::string& file, const std::string& bytes) {
  make_folder(folder_ / "figures");
  figures_.push_back("figures/" + file);
  write_file(folder_ / figures_.back(), bytes);
  return figures_.back();
}

void StudyReport::write() const {
  write_file(folder_ / "report.html", page_.html());
  write_file(folder_ / "report.md", markdown_);
}

}  // namespace limpid
