// SPDX-License-Identifier: Apache-2.0
// Two good signatures, whose private keys are gone: whatever else verifies is forged.
#pragma once

#include <string_view>

namespace pvm::fuzz {

inline constexpr std::string_view k_message = "pvm-grant/1\n";
inline constexpr std::string_view k_namespace = "pvm-grant-v1";
inline constexpr std::string_view k_principal = "alice@host";
inline constexpr long long k_now = 1'780'272'000;  // 2026-06-01T00:00:00Z

inline constexpr std::string_view k_key =
    "AAAAC3NzaC1lZDI1NTE5AAAAIPIwfbhxpYUtAHDT3DVADpdLqLGyPMZ1/L0YU5noahHJ";
inline constexpr std::string_view k_sk_key =
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIG/wrRyxdyft0jhleB36gJXwkaZc25IBWnBL2+FNbTXlAAAABHNzaDo=";

inline constexpr std::string_view k_signature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg8jB9uHGlhS0AcNPcNUAOl0uosb\n"
    "I8xnX8vRhTmehqEckAAAAMcHZtLWdyYW50LXYxAAAAAAAAAAZzaGE1MTIAAABTAAAAC3Nz\n"
    "aC1lZDI1NTE5AAAAQMupryEdTP4Rbybt1CuxFi/iTDXF2hX1SCSQeS2KlaBfXDTy5T8PMv\n"
    "bCD3DoQ6Nyh3Kg5K1CMDEsDT1/wGY6HQY=\n"
    "-----END SSH SIGNATURE-----\n";

inline constexpr std::string_view k_sk_signature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgb/CtHL\n"
    "F3J+3SOGV4HfqAlfCRplzbkgFacEvb4U1tNeUAAAAEc3NoOgAAAAxwdm0tZ3JhbnQtdjEA\n"
    "AAAAAAAABnNoYTUxMgAAAGcAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAABANA\n"
    "yilATOSJn6VPkVQRVeYwb6cRkAvi+Fg8m9JNlaPKT+rialVrgbK+ekoS6aTgRr9DuMv06Z\n"
    "BJ/C2rjyWV/aCAEAAAAH\n"
    "-----END SSH SIGNATURE-----\n";

}  // namespace pvm::fuzz
