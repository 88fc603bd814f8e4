#!/usr/bin/env bash
# A Vulkan device in software, for the tests of the WebGPU provider on a machine without a GPU.
#
#   test/setup/software-vulkan.sh FOLDER
#
# Unpacks Mesa's lavapipe, version 25, with every library that it loads but libc and libstdc++, into FOLDER and prints the
# variables that select it; they must be set before the process starts. Installs nothing, needs no root, and does
# nothing where FOLDER is already made. Mesa 22 of Debian 12 itself is refused by Dawn: "No supported adapters".
set -euo pipefail

refuse() {
  echo "software-vulkan: $1" >&2
  exit 1
}

[ $# -eq 1 ] || refuse 'expected one folder, got '"$#"' arguments. Usage: test/setup/software-vulkan.sh FOLDER'
command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] && [ "$(. /etc/os-release && echo "$ID")" = debian ] ||
  refuse 'expected Debian on amd64, got another system. Install Vulkan drivers of Mesa 25 or later there instead.'
folder=$(realpath -m "$1")

newer=(mesa-vulkan-drivers libdrm2 libdrm-amdgpu1)
stable=(libvulkan1 libllvm15 libz3-4 libedit2 libbsd0 libmd0 libtinfo6 libffi8 libxml2 libicu72 liblzma5 zlib1g libzstd1 libexpat1
  libwayland-client0 libx11-xcb1 libxshmfence1 libxau6 libxdmcp6 libxcb1 libxcb-dri3-0 libxcb-present0 libxcb-randr0 libxcb-shm0
  libxcb-sync1 libxcb-xfixes0)

if [ ! -e "$folder/complete" ]; then
  [ ! -e "$folder" ] || rmdir "$folder" 2>/dev/null || refuse "expected a new folder or one made by this script, got $folder. Name another."
  mkdir -p "$(dirname "$folder")"
  work=$(mktemp -d "$folder.XXXXXX") # beside it, so that the move at the end is one step
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"/{lists,cache,debs,root}

  # The machine's own mirror, with the two suites that we need; its settings and package lists stay as they are.
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$codename //p" | head -n 1)
  [ -n "$mirror" ] || refuse "expected a mirror for $codename in apt's sources, found none. Add one."
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$mirror" bookworm "$mirror" bookworm-backports >"$work/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3)
  "${apt[@]}" update || refuse 'the package lists could not be fetched. Look at the message of apt above.'
  (cd "$work/debs" && "${apt[@]}" download "${newer[@]/%//bookworm-backports}" "${stable[@]/%//bookworm}") ||
    refuse 'the packages could not be fetched. Look at the message of apt above.'

  for package in "$work"/debs/*.deb; do dpkg -x "$package" "$work/root"; done
  find "$work/root" -name 'libvulkan_*' ! -name libvulkan_lvp.so -delete # drivers of real GPUs: 100 MB
  ls "$work/debs" >"$work/root/complete"
  mv "$work/root" "$folder"
fi

echo "LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu:$folder/lib/x86_64-linux-gnu"
echo "VK_DRIVER_FILES=$folder/usr/share/vulkan/icd.d/lvp_icd.json"
echo "MESA_SHADER_CACHE_DIR=$folder/shaders"
