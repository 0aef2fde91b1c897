// SPDX-License-Identifier: Apache-2.0
// Goes to whatever a config.yaml names, for the end-to-end tests; pvm-serve does it with a vault.
//   notify_try send CONFIG     a message with buttons through every channel, then its verdict where that can be put
//   notify_try listen CONFIG N the first N answers, or troubles
// Each attempt, answer or trouble is one line.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "pvmctl/notify/child.hpp"
#include "pvmctl/notify/deliverer.hpp"
#include "pvmctl/notify/inbox.hpp"

namespace {

using namespace pvm::notify;

Message message_with_buttons(pvm::base::UnixTime now) {
  Message message;
  message.request = "e8ad2043c0ffee00e8ad2043c0ffee00";
  message.agent = "claude";
  message.action = "rm";
  message.effect = "~/app/build: 2 files, 20 KiB <b>&*";
  message.reason = "clean build @everyone <!channel>";
  message.expires = now + pvm::base::Seconds(20);
  message.door = "https://pvm.example.org/";
  message.buttons = Buttons{"Once-1234567890abcdef1234567890abcdef123", "Time-1234567890abcdef1234567890abcdef123", "Deny-1234567890abcdef1234567890abcdef123"};
  return message;
}

void say(const char* what, const Attempt& attempt) {
  std::printf("%s %s %s %s\n", what, attempt.channel.c_str(), attempt.outcome == Outcome::sent ? "sent" : "failed", attempt.why.c_str());
}

void send(boost::asio::io_context& context, const Configuration& configuration, const pvm::system::Environment& environment) {
  const pvm::base::SystemClock clock;
  const Message message = message_with_buttons(clock.now());
  Deliverer deliverer(context, configuration, clock, environment);
  std::size_t awaited = configuration.channels.size();
  deliverer.send(message, [&](const Attempt& attempt) {
    say("told", attempt);
    if (!attempt.handle.empty()) {
      deliverer.edit(attempt.channel, attempt.handle, message, {"approved once by alice", clock.now()}, [](const Attempt& edit) { say("edited", edit); });
    }
    if (attempt.outcome != Outcome::will_retry && --awaited == 0) deliverer.drain([] {});
  });
  context.run();
}

void listen(boost::asio::io_context& context, const Configuration& configuration, int wanted) {
  const auto count = [&context, &wanted] {
    static_cast<void>(std::fflush(stdout));
    if (--wanted == 0) context.stop();
  };
  const Inbox inbox(
      context, configuration,
      [&count](const std::string& channel, const Answered& answered) {
        std::printf("heard %s %d %s %s %s\n", channel.c_str(), static_cast<int>(answered.decision), answered.secret.c_str(), answered.person.c_str(), answered.note.c_str());
        count();
      },
      [&count](const std::string& channel, const std::string& why) {
        std::printf("trouble %s %s\n", channel.c_str(), why.c_str());
        count();
      },
      {std::chrono::milliseconds(50), std::chrono::milliseconds(50), 1});
  context.run();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 2 ? argv[1] : "";
  if ((verb != "send" || argc != 3) && (verb != "listen" || argc != 4)) return 2;
  std::ifstream file(argv[2]);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto environment = pvm::system::Environment::of_process();
  const auto variables = environment_for_children(environment);
  const auto configuration = parse_configuration(text, {environment, [&variables](const std::string& command) { return run_for_secret(command, variables); }});
  if (!configuration) {
    std::fprintf(stderr, "%s\n", configuration.error().message.c_str());
    return 1;
  }
  boost::asio::io_context context;
  if (verb == "send") {
    send(context, *configuration, environment);
  } else {
    listen(context, *configuration, std::atoi(argv[3]));
  }
  return 0;
}
