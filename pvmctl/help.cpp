// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/help.hpp"

#include <algorithm>
#include <sstream>

namespace pvm::pvmctl {
namespace {

constexpr std::size_t k_width = 79;

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
    const std::size_t size = end - from;
    const bool begins_line = out.empty() || out.back() == '\n';
    if (!begins_line && column + 1 + size > width) {
      out += '\n';
      column = 0;
    } else if (!begins_line) {
      out += ' ';
      ++column;
    }
    out += text.substr(from, size);
    column += size;
    if (end < text.size() && text[end] == '\n') {
      out += '\n';
      column = 0;
    }
    from = end + 1;
  }
  return out;
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrapped(CLI::Formatter::make_description(app), k_width) + "\n";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = CLI::Formatter::make_usage(app, std::move(name));
  const auto end = ends_.find(app);
  if (end == ends_.end()) return usage;
  while (usage.ends_with('\n')) usage.pop_back();
  return usage + " " + end->second + "\n";
}

std::string HelpFormatter::make_subcommand(const CLI::App* verb) const {
  std::ostringstream out;
  const std::size_t room = k_width - get_column_width();
  CLI::detail::format_help(out, verb->get_display_name(true), wrapped(verb->get_description(), room), get_column_width());
  return out.str();
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  return wrapped(CLI::Formatter::make_option_desc(option), k_width - get_column_width());
}

}  // namespace pvm::pvmctl
