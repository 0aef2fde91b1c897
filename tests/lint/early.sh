#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The object of wrappers/git/early.cpp: what runs before the C library may refer to nothing outside but the library's own
# start, and has no constructor and no variable of a thread.
set -eu
object=$1
[[ -s "$object" ]] || { echo "no such object: $object" >&2; exit 1; }
needs="$(nm -C --undefined-only "$object" | awk '{print $NF}' | grep -v -x -e _start -e _GLOBAL_OFFSET_TABLE_ || true)"
sections="$(objdump --section-headers "$object" | grep -E '\.(init_array|ctors|tdata|tbss)' || true)"
# It sees what it looks for: the file has a function of that name.
nm -C --defined-only "$object" | grep -q 'passes_early' || { echo "$object has no passes_early" >&2; exit 1; }
if [[ -n "$needs$sections" ]]; then
  echo "$object needs what is not there yet: $needs $sections" >&2
  exit 1
fi
