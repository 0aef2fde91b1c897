// SPDX-License-Identifier: Apache-2.0
// The jobs in share/examples/agents/ci are YAML, and make a vault before they start an agent.
#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace {

const std::string k_directory = std::string(PVM_TEST_DATA) + "/../../share/examples/agents/ci/";

void check_order(const std::vector<std::string>& lines) {
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("pvmctl init --unattended --signer "));
  CHECK(lines[1] == "pvmctl shim install");
  CHECK(lines[2].ends_with(" -- pvmctl shim test"));
  CHECK(lines[3].starts_with("pvmctl shim exec --agent "));
}

}  // namespace

TEST_CASE("the example for GitHub Actions is a workflow") {
  const YAML::Node workflow = YAML::LoadFile(k_directory + "github-actions.yml");
  CHECK(workflow["on"].as<std::string>() == "workflow_dispatch");
  const YAML::Node job = workflow["jobs"]["agent"];
  CHECK(job["runs-on"].IsScalar());
  std::vector<std::string> lines;
  for (const YAML::Node& step : job["steps"]) {
    if (step["run"]) lines.push_back(step["run"].as<std::string>());
  }
  check_order(lines);
}

TEST_CASE("the example for GitLab is a job") {
  const YAML::Node jobs = YAML::LoadFile(k_directory + "gitlab-ci.yml");
  check_order(jobs["agent"]["script"].as<std::vector<std::string>>());
}
