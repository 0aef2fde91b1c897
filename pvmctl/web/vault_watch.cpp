// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/vault_watch.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "libpvm/base/text.hpp"
#include "libpvm/gate/gate.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Result;

constexpr std::uint64_t k_replayed = 1024;  // entries from before we were started

}  // namespace

Result<VaultWatch::News> VaultWatch::look() {
  struct stat status {};
  const std::string path = places_.vault();
  if (::lstat(path.c_str(), &status) != 0) return base::fail_errno("cannot look at " + base::quoted(path), errno);
  if (!vault_ || status.st_dev != device_ || status.st_ino != inode_) return open(status.st_dev, status.st_ino);
  const auto version = vault_->data_version();
  if (!version) return base::pass_on(version);
  if (*version == version_) return News::none;
  if (auto taken = take_from(events_.newest() + 1); !taken) return base::pass_on(taken);
  version_ = *version;  // asked for before reading: what came in between is looked at once more
  return News::some;
}

Result<base::Descriptor> VaultWatch::changes() const {
  if (!vault_) return base::fail(base::Code::missing, "there is no vault to watch");
  return vault_->watch();
}

Result<VaultWatch::News> VaultWatch::open(dev_t device, ino_t inode) {
  vault_.reset();
  auto opened = gate::open_vault(places_);
  if (!opened) return base::pass_on(opened);
  const auto version = (*opened)->data_version();
  if (!version) return base::pass_on(version);
  const auto head = (*opened)->durable_head();
  if (!head) return base::pass_on(head);
  vault_ = std::move(*opened);
  device_ = device;
  inode_ = inode;
  version_ = *version;
  const std::uint64_t before = head->size > k_replayed ? head->size - k_replayed : 0;
  events_.start_over(before);
  if (auto taken = take_from(before + 1); !taken) return base::pass_on(taken);
  return News::other_vault;
}

Result<void> VaultWatch::take_from(std::uint64_t entry) {
  return vault_->each_entry(entry, [this](const vault::AuditEntry& read) {
    events_.take(read);
    return vault::Vault::Visit::go_on;
  });
}

}  // namespace pvm::pvmctl::web
