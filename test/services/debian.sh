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
