// SPDX-License-Identifier: Apache-2.0
#include "limpid/render/page.h"

#include "core/base64.h"
#include "limpid/render/png.h"
#include "render/embedded.h"
#include "render/payload.h"

extern const unsigned char limpid_report_css[], limpid_page_css[], limpid_page_js[];
extern const unsigned long limpid_report_css_size, limpid_page_css_size, limpid_page_js_size;

namespace limpid {
namespace {

std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + html_escaped(text) + "</" + name + ">\n";
}

std::string caption_of(const std::string& text) {
  return text.empty() ? "" : "<figcaption>" + html_escaped(text) + "</figcaption>";
}

std::string image(const Tensor& picture, const std::string& caption) {
  return "<img alt=\"" + html_escaped(caption) + "\" width=\"" + std::to_string(picture.size(2)) +
         "\" src=\"data:image/png;base64," + base64(encode_png(picture)) + "\">";
}

std::string sentence_html(const Sentence& sentence) {
  std::string all;
  for (const SentencePart& part : sentence)
    all += part.about.empty() ? html_escaped(part.text)
                              : "<span class=\"number\" tabindex=\"0\" title=\"" + html_escaped(part.about) + "\">" +
                                    html_escaped(part.text) + "</span>";
  return all;
}

}  // namespace

Page::Page(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

void Page::heading(const std::string& text) { body_ += element("h2", text); }
void Page::subheading(const std::string& text) { body_ += element("h3", text); }
void Page::paragraph(const std::string& text) { body_ += element("p", text); }

void Page::list(const std::vector<std::string>& entries) {
  body_ += "<ul>";
  for (const std::string& entry : entries) body_ += element("li", entry);
  body_ += "</ul>\n";
}

void Page::lead(const std::vector<Sentence>& all) {
  body_ += "<p class=\"lead\">";
  for (const Sentence& sentence : all) body_ += sentence_html(sentence) + " ";
  body_ += "</p>\n";
}

void Page::sentences(const std::vector<Sentence>& all) {
  body_ += "<ul>";
  for (const Sentence& sentence : all) body_ += "<li>" + sentence_html(sentence) + "</li>\n";
  body_ += "</ul>\n";
}

void Page::facts(const std::vector<std::pair<std::string, std::string>>& pairs) {
  body_ += "<dl>";
  for (const auto& [name, value] : pairs) body_ += element("dt", name) + element("dd", value);
  body_ += "</dl>\n";
}

void Page::table(const Table& table, const std::string& caption) {
  body_ += "<figure>" + limpid::html(table) + caption_of(caption) + "</figure>\n";
}

void Page::charts(const std::vector<std::string>& svgs, const std::string& caption) {
  body_ += "<figure><div class=\"charts\">";
  for (const std::string& svg : svgs) body_ += svg;
  body_ += "</div>" + caption_of(caption) + "</figure>\n";
}

void Page::picture(const Tensor& picture, const std::string& caption) {
  body_ += "<figure>" + image(picture, caption) + caption_of(caption) + "</figure>\n";
}

void Page::gallery(const std::vector<GridCell>& cells) {
  body_ += "<div class=\"gallery\">";
  for (const GridCell& cell : cells)
    body_ += "<figure>" + image(cell.picture, cell.caption) + caption_of(cell.caption) + "</figure>";
  body_ += "</div>\n";
}

std::string Page::html() const {
  const std::string title = html_escaped(title_);
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
         "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>" +
         title + "</title>\n<style>\n" + embedded(limpid_report_css, limpid_report_css_size) +
         embedded(limpid_page_css, limpid_page_css_size) +
         "</style>\n</head>\n<body>\n<header class=\"page\">\n<p class=\"mark\">limpid</p>\n<h1>" + title +
         "</h1>\n<p id=\"subtitle\">" + html_escaped(subtitle_) + "</p>\n</header>\n<main class=\"prose\">\n" + body_ +
         "</main>\n<script>\n" + embedded(limpid_page_js, limpid_page_js_size) + "</script>\n</body>\n</html>\n";
}

}  // namespace limpid
