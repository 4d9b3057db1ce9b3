# shellcheck shell=bash
# Folders with a small Debian in them, made from the machine's own apt sources and settings.
# Callers source common.sh first.

# What keeps a machine from making or entering such a folder, as a sentence; nothing if it can.
why_no_debian_folder() {
  if ((EUID != 0)); then
    printf 'only root may make a folder with a Debian in it and enter it; run this as root\n'
  elif ! unshare --mount --pid --fork --propagation private -- \
    sh -c 'mount --bind / /mnt && mount -t proc proc /mnt/proc' 2>/dev/null; then
    printf '%s\n' "this machine does not allow mounts (CAP_SYS_ADMIN); a container needs to be" \
      "started with more rights, as with docker run --privileged" | paste -sd ' '
  fi
}

own_suite() {
  (. /etc/os-release && printf '%s' "$VERSION_CODENAME")
}

# The machine's own Debian mirror, in whichever form apt has it written down.
mirror() {
  local own uri
  own=$(own_suite)
  # shellcheck disable=SC2016  # apt-get expands these.
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v own="$own" '$2 == own && $3 == "main" { print $1; exit }')
  case $uri in
    http://* | https://* | file:/*) printf '%s\n' "$uri" ;;
    *)
      fail "No Debian mirror with http, https or file in apt's sources (found: '${uri:-none}')." \
        "Add one to /etc/apt/sources.list."
      ;;
  esac
}

# How apt reaches the mirror: proxies, checks that are switched off, and the like.
apt_settings() {
  apt-config dump | grep -E '^Acquire::[A-Za-z:-]+ ".*";$' | grep -v '^Acquire::IndexTargets' || true
}

# What apt does to reach the mirror, debootstrap must do as well.
bootstrap() {  # SUITE ROOT
  local http_proxy
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  [[ -z ${http_proxy-} ]] || export http_proxy
  # Its mounts, too, shall not outlive it.
  unshare --mount --propagation private -- debootstrap --variant=minbase "$1" "$2" "$(mirror)"
  apt_settings >"$2/etc/apt/apt.conf.d/90holdfast"
}

# --- A bare Debian 12, of which others are copies ---

# It is kept, and nothing is ever installed in it.
bare_suite=bookworm
bare_debian=${HOLDFAST_FRESH_BASE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/fresh-$bare_suite}

make_bare_debian() {
  mkdir -p "$(dirname "$bare_debian")"
  exec 8>"$bare_debian.lock"
  flock 8  # Of two who come at once, the second finds it made.
  if [[ ! -e $bare_debian/complete ]]; then
    printf 'Making a bare Debian 12 in %s (once, a minute)\n' "$bare_debian" >&2
    mkdir -p "$bare_debian"
    rm -rf "${bare_debian:?}"/*
    # Not `bootstrap ||`: it would ignore errors.
    bootstrap "$bare_suite" "$bare_debian/root" >"$bare_debian/log" 2>&1 8>&- &
    wait "$!" || {
      tail -n 20 "$bare_debian/log" >&2
      fail "debootstrap could not make a Debian 12; see $bare_debian/log." \
        "It needs the Debian mirror that apt uses."
    }
    touch "$bare_debian/complete"
  fi
  exec 8>&-
}

# Where the machine is a Debian 12 as well, apt there finds what apt here finds.
write_apt_sources() {  # ROOT
  local etc=$1/etc/apt
  apt_settings >"$etc/apt.conf.d/90holdfast"
  [[ $(own_suite) == "$bare_suite" ]] || return 0
  rm -f "$etc/sources.list"
  cp -a /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/apt/keyrings \
    /etc/apt/trusted.gpg.d "$etc/" 2>/dev/null || true  # Not every machine has all of them.
  cp -a /usr/share/keyrings/. "$1/usr/share/keyrings/"
}

# In the folder where update-ca-certificates looks for a machine's own ones.
write_authorities() {  # ROOT
  local bundle=/etc/ssl/certs/ca-certificates.crt own=$1/usr/local/share/ca-certificates
  [[ -s $bundle ]] || return 0
  mkdir -p "$own" "$1/etc/ssl/certs"
  cp -L "$bundle" "$1$bundle"  # Until the package ca-certificates is there.
  awk -v folder="$own" '
    /-----BEGIN CERTIFICATE-----/ { file = sprintf("%s/machine-%03d.crt", folder, ++count) }
    file { print > file }
    /-----END CERTIFICATE-----/ { close(file); file = "" }' "$bundle"
}

# A copy that reaches what this machine reaches.
copy_bare_debian() {  # ROOT
  cp -a --reflink=auto "$bare_debian/root" "$1"
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  cp -L /etc/hosts "$1/etc/hosts"
  write_apt_sources "$1"
  write_authorities "$1"
}
