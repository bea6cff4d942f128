# Sourced by the benchmarks: one line that says what they ran on.
# shellcheck shell=bash

machine_line() {
  local model cores flags level=''
  model="$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
  cores="$(nproc)"
  flags="$(sed -n 's/^flags[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
  case " $flags " in
    *" avx512f "*) level=', AVX-512' ;;
    *" avx2 "*) level=', AVX2' ;;
  esac
  # shellcheck disable=SC1091
  printf '%s, %s cores%s, %s, Linux %s; %s\n' "${model:-unknown processor}" "$cores" "$level" \
    "$(. /etc/os-release && printf '%s' "$PRETTY_NAME")" "$(uname -r | cut -d - -f 1)" \
    "$(date -u +%Y-%m-%d)"
}
