// SPDX-License-Identifier: Apache-2.0
// A static wrapper loads no code at run time. SQLite's archive refers to the dynamic loader for extensions that
// are never enabled; these refuse in its place, and keep glibc's loader out of the program.
#include <dlfcn.h>

extern "C" {
void* dlopen(const char*, int) noexcept { return nullptr; }
void* dlsym(void* __restrict, const char* __restrict) noexcept { return nullptr; }
int dlclose(void*) noexcept { return -1; }
char* dlerror() noexcept {
  static char text[] = "a static program loads no code";
  return text;
}
}
