// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/serve.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/login_door.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/serve/listening.hpp"
#include "pvmctl/serve/notifier.hpp"
#include "pvmctl/serve/notify_test.hpp"
#include "pvmctl/web/login_server.hpp"
#include "pvmctl/web/vault_desk.hpp"
#include "pvmctl/web/vault_watch.hpp"

namespace pvm::pvmctl::serve {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::fail;
using base::Result;
using boost::system::error_code;

// What is being written is told of before it can be read: first soon, then ever more seldom.
constexpr std::chrono::milliseconds k_soon{2};
constexpr int k_seldomer = 4;
constexpr std::chrono::milliseconds k_look_every{2000};
constexpr std::chrono::milliseconds k_look_every_untold{100};
constexpr int k_failures_told = 20;  // a vault that is being replaced is not there for a moment
constexpr std::chrono::seconds k_drain_limit{10};
constexpr rlim_t k_reserved_descriptors = 64;    // the vault, the log, children
constexpr rlim_t k_most_descriptors = 16 * 1024;

/// Only one serves a person; the lock lasts as long as the descriptor. Errors: conflict; io.
Result<base::Descriptor> lock_alone(const std::string& directory) {
  const std::string path = directory + "/serve.lock";
  base::Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return base::fail_errno("cannot open " + base::quoted(path), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return base::fail_errno("cannot lock " + base::quoted(path), errno);
  return fail(Code::conflict, "pvmctl serve runs already", "log in there: pvmctl login");
}

/// How many connections there may be, after asking for as many descriptors as we may have.
std::size_t raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  limit.rlim_cur = std::min(limit.rlim_max, k_most_descriptors);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur > 2 * k_reserved_descriptors ? limit.rlim_cur - k_reserved_descriptors : limit.rlim_cur / 2;
}

void complain(const base::Error& error) {
  std::fprintf(stderr, "pvm-serve: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "pvm-serve: hint: %s\n", error.hint.c_str());
}

/// All of it together, for the length of a run.
class Service {
 public:
  Service(Context& context, const system::Site& site, web::Issuer* issuer)
      : context_(context), site_(site), desk_(context.environment(), issuer), watch_(site.places, events_),
        timer_(network_), changes_(network_), signals_(network_) {}

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  // What the worker does uses all that stands here.
  ~Service() {
    worker_.stop();
    worker_.join();
  }

  Result<void> open(const Options& options, notify::Configuration configuration) {
    auto listening = listening_of(options);
    if (!listening) return base::pass_on(listening);
    listening->most_connections = raise_descriptors();
    const auto vault = context_.vault();
    if (!vault) return base::pass_on(vault);
    if (const auto looked = watch_.look(); !looked) return base::pass_on(looked);
    auto server = web::Server::open({network_, worker_, sessions_, events_, metrics_, context_.clock()}, *listening);
    if (!server) return base::pass_on(server);
    server_ = std::move(*server);
    const auto origins = origins_of(options, *listening, server_->port());
    if (origins.empty()) return fail(Code::usage, "it is not said by which name the page is called", "give it: --public-url URL");
    front_ = std::make_unique<web::Front>(web::Front::Parts{desk_, sessions_, events_, metrics_, context_.clock()},
                                          web::Origins(origins), transport_of(options));
    notifier_ = std::make_unique<Notifier>(Notifier::Parts{network_, worker_, context_.clock(), context_.environment()},
                                           std::move(configuration), origins.front());
    return open_login(origins.front(), (*vault)->id());
  }

  void run(const Options& options) {
    error_code ignored;
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) signals_.add(number, ignored);
    signals_.async_wait([this](const error_code& error, int) {
      if (!error) drain();
    });
    server_->start(*front_);
    login_->start();
    look_again();
    say_where(options);
    network_.run();
    network_.restart();
    network_.run_for(k_drain_limit);
    worker_.stop();  // what nobody waits for any more is not begun
    worker_.join();
  }

 private:
  Result<void> open_login(const std::string& door, const base::VaultId& vault) {
    const auto path = approval::login_socket(site_, context_.environment());
    if (!path) return base::pass_on(path);
    // Who is trusted is read anew for each login: a key that was taken out opens nothing any more.
    auto judge = [this, door, vault](const std::string& statement, const std::string& signature) -> Result<approval::Login> {
      const auto signers = gate::load_signers(site_);
      if (!signers) return base::pass_on(signers);
      return approval::verify_login(statement, signature, *signers, vault, door, context_.clock().now());
    };
    const Json hello = {{"door", door}, {"vault", vault.hex()}};
    auto login = web::LoginServer::open({network_, worker_, sessions_, context_.clock(), std::move(judge), hello.dump()}, *path);
    if (!login) return base::pass_on(login);
    login_ = std::move(*login);
    return {};
  }

  // The one place that looks whether something happened.
  void look() {
    const auto news = watch_.look();
    failures_ = news ? 0 : failures_ + 1;
    if (failures_ == k_failures_told) complain(news.error());
    if (!news) return;
    if (*news == web::VaultWatch::News::other_vault) desk_.reopen();
    if (*news != web::VaultWatch::News::none) server_->tell();
    if (*news == web::VaultWatch::News::other_vault || !changes_.is_open()) watch_anew();
    if (*news == web::VaultWatch::News::none && has_told_) return;
    const auto told = notifier_->look(watch_.vault());
    has_told_ = told.has_value();
    if (!told) complain(told.error());
  }

  // Where the vault cannot be watched it is asked more often.
  void watch_anew() {
    error_code ignored;
    changes_.close(ignored);
    ++watch_number_;
    auto changes = watch_.changes();
    if (!changes) return;
    watched_ = std::move(*changes);
    changes_.assign(::fcntl(watched_.get(), F_DUPFD_CLOEXEC, 0), ignored);
    wait_for_changes();
  }

  void wait_for_changes() {
    if (!changes_.is_open()) return;
    changes_.async_wait(asio::posix::stream_descriptor::wait_read, [this, number = watch_number_](const error_code& error) {
      if (error || number != watch_number_) return;
      const bool is_same = vault::take_changes(watched_);
      next_look_ = k_soon;
      look_again();
      if (number != watch_number_) return;  // that watched anew
      if (!is_same) return watch_anew();
      wait_for_changes();
    });
  }

  void look_again() {
    if (is_draining_) return;
    look();
    timer_.expires_after(changes_.is_open() ? next_look_ : k_look_every_untold);
    next_look_ = std::min(next_look_ * k_seldomer, k_look_every);
    timer_.async_wait([this](const error_code& error) {
      if (!error) look_again();
    });
  }

  // What was begun is seen through, for a while: run goes on.
  void drain() {
    is_draining_ = true;
    timer_.cancel();
    error_code ignored;
    changes_.close(ignored);
    notifier_->drain();
    login_->stop();
    server_->stop();
    network_.stop();
  }

  void say_where(const Options& options) {
    const std::string door = front_->origins().first();
    if (options.is_json) {
      const Json json = {{"listening", door}, {"next_step", "pvmctl login"}};
      std::printf("%s\n", json.dump().c_str());
    } else {
      std::printf("serving %s\nto open it: pvmctl login\n", door.c_str());
    }
    static_cast<void>(std::fflush(stdout));
  }

  Context& context_;
  const system::Site& site_;
  web::Sessions sessions_;
  web::Events events_;
  web::Metrics metrics_;
  web::VaultDesk desk_;
  web::VaultWatch watch_;
  std::unique_ptr<web::Front> front_;
  // What is not finished at the end goes with the network, and uses what stands above until then.
  asio::io_context network_{1};
  asio::thread_pool worker_{1};
  std::unique_ptr<web::Server> server_;
  std::unique_ptr<web::LoginServer> login_;
  std::unique_ptr<Notifier> notifier_;
  asio::steady_timer timer_;
  base::Descriptor watched_;  // the same as changes_
  asio::posix::stream_descriptor changes_;
  std::chrono::milliseconds next_look_ = k_soon;
  std::uint64_t watch_number_ = 0;  // of the watch that changes_ is
  bool has_told_ = false;
  bool is_draining_ = false;
  asio::signal_set signals_;
  int failures_ = 0;  // to look, in a row
};

// What the words do not say, config.yaml does.
Options with_defaults(Options options, const notify::Serve& configured) {
  const auto default_to = [](std::string& option, const std::string& value) {
    if (option.empty()) option = value;
  };
  default_to(options.listen, configured.listen);
  default_to(options.public_url, configured.public_url);
  default_to(options.tls_certificate, configured.tls_certificate);
  default_to(options.tls_key, configured.tls_key);
  options.is_behind_proxy = options.is_behind_proxy || configured.is_behind_proxy;
  return options;
}

Result<void> run(const Options& options, web::Issuer* issuer) {
  Context context(system::Environment::of_process());
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto socket = approval::login_socket(**site, context.environment());
  if (!socket) return base::pass_on(socket);
  const std::string directory = std::filesystem::path(*socket).parent_path().string();
  if (auto made = system::make_private_directories(directory); !made) return made;
  const auto real = system::checked_directory(directory, system::Guard::own_private);
  if (!real) return base::pass_on(real);
  const auto lock = lock_alone(*real);
  if (!lock) return base::pass_on(lock);
  auto configuration = read_configuration(context);
  if (!configuration) return base::pass_on(configuration);
  const Options all = with_defaults(options, configuration->serve);
  Service service(context, **site, issuer);
  if (auto opened = service.open(all, std::move(*configuration)); !opened) return opened;
  service.run(all);
  return {};
}

}  // namespace

int serve(const Options& options, web::Issuer* issuer) {
  ::umask(0077);
  system::outlive(SIGPIPE);
  const auto done = run(options, issuer);
  if (done) return frontend::k_exit_done;
  if (options.is_json) return print(done.error(), Format::json);
  complain(done.error());
  return frontend::exit_status_of(done.error().code);
}

}  // namespace pvm::pvmctl::serve
