// SPDX-License-Identifier: Apache-2.0
// How --help reads: lines of at most 80 columns, and usage lines that name a command at the end.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <string_view>

namespace pvm::pvmctl {

/// `text` with newlines in place of spaces, so that no line is longer than `width` where its words allow that. Newlines stay.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width);

class HelpFormatter : public CLI::Formatter {
 public:
  /// The usage line of `verb` ends in `words`.
  void end_usage(const CLI::App* verb, std::string words) { ends_[verb] = std::move(words); }

  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_subcommand(const CLI::App* verb) const override;
  std::string make_option_desc(const CLI::Option* option) const override;

 private:
  std::map<const CLI::App*, std::string> ends_;
};

}  // namespace pvm::pvmctl
