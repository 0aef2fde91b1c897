// SPDX-License-Identifier: Apache-2.0
// The least that a static program costs: what the start of a wrapper is compared with.
int main() {}
