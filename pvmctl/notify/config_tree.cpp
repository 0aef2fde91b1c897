// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/config_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "libpvm/base/text.hpp"

namespace pvm::notify {
namespace {

constexpr std::size_t k_most_levels = 16;

Mark mark_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

/// What yaml-cpp reads, as it reads it. The first complaint stops it.
class TreeBuilder final : public YAML::EventHandler {
 public:
  struct Complaint {
    Mark mark;
    std::string words;
  };

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { complain(mark, "an anchor is not taken"); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { complain(mark, "an alias is not taken"); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, "", anchor, Tree::Kind::nothing, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    add(mark, tag, anchor, Tree::Kind::scalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    add(mark, tag, anchor, Tree::Kind::list, {});
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    add(mark, tag, anchor, Tree::Kind::map, {});
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

  [[nodiscard]] Tree take() { return std::move(root_); }

 private:
  struct Open {
    Tree* tree;
    bool awaits_value = false;
  };

  [[noreturn]] static void complain(const YAML::Mark& mark, const std::string& words) {
    throw Complaint{mark_of(mark), words};  // out of yaml-cpp, to the one catch below
  }

  void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Tree::Kind kind, const std::string& text) {
    if (anchor != 0) complain(mark, "an anchor is not taken");
    if (!tag.empty() && tag != "?" && tag != "!") complain(mark, "a tag is not taken");
    if (!open_.empty() && open_.back().tree->kind == Tree::Kind::map && !open_.back().awaits_value) {
      return add_key(mark, kind, text);
    }
    Tree* tree = &root_;
    Mark where = mark_of(mark);
    if (!open_.empty()) {
      // What is not there stands, for yaml-cpp, wherever the next thing does.
      const bool is_absent = kind == Tree::Kind::nothing && open_.back().awaits_value;
      if (is_absent) where = open_.back().tree->keys.back().second;
      open_.back().awaits_value = false;
      tree = &open_.back().tree->items.emplace_back();
    }
    *tree = Tree{kind, where, text, {}, {}};
    if (kind != Tree::Kind::list && kind != Tree::Kind::map) return;
    if (open_.size() == k_most_levels) complain(mark, "is nested too deep");
    open_.push_back({tree});
  }

  void add_key(const YAML::Mark& mark, Tree::Kind kind, const std::string& text) {
    if (kind != Tree::Kind::scalar) complain(mark, "a key must be a name");
    auto& keys = open_.back().tree->keys;
    const bool is_there = std::any_of(keys.begin(), keys.end(), [&text](const auto& key) { return key.first == text; });
    if (is_there) complain(mark, "repeats " + base::quoted(text, 64));
    keys.emplace_back(text, mark_of(mark));
    open_.back().awaits_value = true;
  }

  Tree root_;
  // A pointer stays good: what it points to is the last of its parent's items while it is open.
  std::vector<Open> open_;
};

}  // namespace

base::Failure fail_at(const Mark& mark, const std::string& complaint) {
  return base::fail(base::Code::malformed, "config.yaml line " + std::to_string(mark.line) + ", column " +
                                               std::to_string(mark.column) + ": " + complaint);
}

base::Result<Tree> read_tree(std::string_view text) {
  if (!base::is_utf8(text)) return fail_at({}, "is not UTF-8");
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return Tree();
    Tree tree = builder.take();
    TreeBuilder another;
    if (parser.HandleNextDocument(another)) return fail_at(another.take().mark, "is a second document");
    return tree;
  } catch (const TreeBuilder::Complaint& complaint) {
    return fail_at(complaint.mark, complaint.words);
  } catch (const YAML::Exception& wrong) {
    return fail_at(mark_of(wrong.mark), base::display(wrong.msg, 200));
  }
}

}  // namespace pvm::notify
