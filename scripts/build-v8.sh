#!/usr/bin/env bash
# shellcheck disable=SC2001 # the substitution in a compiler command needs a pattern that ends at a space
# Builds the static V8 library that the `v8` crate links, from the crate's own sources,
# with nothing but packages: crates (sources, ICU data) and Debian's (clang, ninja, gn).
# Needed only where the crate's own download of a prebuilt library is not possible.
#
#   build-v8.sh OUT.a.gz [WORKDIR]
#
# V8_CRATE_VERSION must be the version of the crate `v8` in Cargo.lock; scripts/v8 passes it.
# About 50 minutes on 2 cores: the heavy V8 headers are parsed once into three
# precompiled headers instead of once per source file, which makes the build four times shorter.
# Differs from the upstream prebuilt library in one feature: no Temporal API (it needs crates
# that the `v8` crate does not ship).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

out=$(realpath -m "${1:?usage: build-v8.sh OUT.a.gz [WORKDIR]}")
work=$(realpath -m "${2:-${TMPDIR:-/tmp}/build-v8}")
v8_version=${V8_CRATE_VERSION:-150.4.0}
icu_version=${ICU_DATA_VERSION:-0.77.0}
llvm=${LLVM_VERSION:-22}
jobs=${JOBS:-$(nproc)}
mkdir -p "$work"

say "toolchain"
want "clang-$llvm" "clang-$llvm"
want "lld-$llvm" "lld-$llvm"
want "llvm-$llvm" "llvm-ar-$llvm"
[ -d "/usr/lib/llvm-$llvm/lib/clang/$llvm/lib" ] || wanted+=("libclang-rt-$llvm-dev")
want ninja-build ninja
want python3 python3
want xz-utils xz
install_wanted

# The stable distribution's gn can be too old for V8's build files: take the newest packaged one, with the C
# library it was built against, into a private folder, and run it through that library's loader.
gn=$work/gn
if [ ! -x "$gn" ]; then
  apt=$work/apt
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc,root}
  # The mirror this machine uses, in either form of apt's sources.
  mirror=${DEBIAN_MIRROR:-$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)}
  [ -n "$mirror" ] || die "no Debian mirror is configured: name one in DEBIAN_MIRROR"
  printf 'Types: deb\nURIs: %s\nSuites: forky\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" >"$apt/etc/forky.sources"
  opts=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/etc"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
  apt-get "${opts[@]}" update -qq
  (cd "$apt" && apt-get "${opts[@]}" download -qq generate-ninja/forky libc6/forky libgcc-s1/forky)
  for deb in "$apt"/*.deb; do dpkg -x "$deb" "$apt/root"; done
  libs=$apt/root/usr/lib/x86_64-linux-gnu
  printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
    "$libs/ld-linux-x86-64.so.2" "$libs" "$apt/root/usr/bin/gn" >"$gn"
  chmod +x "$gn"
fi

say "sources: v8 $v8_version, ICU data $icu_version"
src=$work/v8-$v8_version
if [ ! -e "$src/.ready" ]; then
  fetch=$work/fetch
  mkdir -p "$fetch/src"
  printf '[package]\nname="fetch"\nversion="0.0.0"\nedition="2021"\n[dependencies]\nv8="=%s"\ndeno_core_icudata="=%s"\n' \
    "$v8_version" "$icu_version" >"$fetch/Cargo.toml"
  : >"$fetch/src/lib.rs"
  cargo fetch --quiet --manifest-path "$fetch/Cargo.toml"
  registry=$(dirname "$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -maxdepth 2 -type d -name "v8-$v8_version" | head -1)")
  rm -rf "$src"
  cp -r "$registry/v8-$v8_version" "$src"
  rm -f "$src/rust-toolchain.toml"
  mkdir -p "$src/third_party/icu/common"
  cp "$registry/deno_core_icudata-$icu_version/src/icudtl.dat" "$src/third_party/icu/common/"
  touch "$src/.ready"
fi

say "compiler wrapper"
# Chromium expects its own clang: give it Debian's in the layout it looks for, drop the few flags that only
# an unreleased clang knows, and hand V8's own files the precompiled header of their part of the tree.
clang=$work/clang
pch=$work/pch
mkdir -p "$clang/bin" "$clang/lib/clang/$llvm/lib/x86_64-unknown-linux-gnu" "$pch"
system=/usr/lib/llvm-$llvm
for tool in "$system"/bin/*; do ln -sfn "$tool" "$clang/bin/"; done
for lib in "$system"/lib/*; do [ "$(basename "$lib")" = clang ] || ln -sfn "$lib" "$clang/lib/"; done
for part in "$system/lib/clang/$llvm"/*; do [ "$(basename "$part")" = lib ] || ln -sfn "$part" "$clang/lib/clang/$llvm/"; done
ln -sfn "$system/lib/clang/$llvm/lib/linux/libclang_rt.builtins-x86_64.a" \
  "$clang/lib/clang/$llvm/lib/x86_64-unknown-linux-gnu/libclang_rt.builtins.a"
for name in clang clang++; do
  rm -f "$clang/bin/$name"
  cat >"$clang/bin/$name" <<WRAPPER
#!/usr/bin/env bash
args=() src= prev=
for a in "\$@"; do
  case "\$a" in
    -fdiagnostics-show-inlining-chain | -fno-lifetime-dse | -fsanitize-ignore-for-ubsan-feature=*) ;;
    *) args+=("\$a") ;;
  esac
  [ "\$prev" = -c ] && src=\$a
  prev=\$a
done
case "\$src" in
  gen/v8/torque-generated/*-tq-csa.cc | */v8/src/builtins/*-gen.cc | */v8/src/codegen/code-stub-assembler.cc | \\
  */v8/src/interpreter/interpreter-*.cc | */v8/src/ic/*-assembler.cc) part=csa ;;
  */v8/src/compiler/* | */v8/src/maglev/*) part=comp ;;
  */v8/src/base/* | */v8/src/libplatform/* | */v8/src/torque/* | */v8/src/heap/cppgc/* | */v8/src/heap/base/* | */v8/src/bigint/*) part= ;;
  */v8/src/*.cc) part=base ;;
  *) part= ;;
esac
if [ -n "\$part" ] && [ -e "$pch/\$part.pch" ]; then
  kept=()
  for a in "\${args[@]}"; do case "\$a" in -fmodule-name=*) ;; *) kept+=("\$a") ;; esac; done
  "$system/bin/$name" -w -include-pch "$pch/\$part.pch" "\${kept[@]}" 2>/dev/null && exit 0
  echo "\$src" >>"$pch/without.log"
fi
exec "$system/bin/$name" "\${args[@]}"
WRAPPER
  chmod +x "$clang/bin/$name"
done

say "gn gen"
ninja_dir=$work/out
(cd "$src" && "$gn" gen "$ninja_dir" --script-executable=python3 --args="
  is_debug=false symbol_level=0 v8_symbol_level=0 treat_warnings_as_errors=false use_glib=false
  clang_base_path=\"$clang\" clang_version=\"$llvm\"
  use_custom_libcxx=true rusty_v8_enable_simdutf=true v8_monolithic_for_shared_library=true
  v8_enable_sandbox=false v8_enable_pointer_compression=false v8_enable_v8_checks=false
  enable_rust=false enable_rust_cxx=false v8_enable_temporal_support=false")

say "precompiled headers"
# Their inputs include generated files: make those first, by building one object that needs them all.
(cd "$ninja_dir" && ninja -j "$jobs" obj/v8/v8_base_without_compiler/isolate.o obj/v8/torque_generated_initializers/array-at-tq-csa.o)
cat >"$pch/base.h" <<'HEADER'
#include "src/api/api-inl.h"
#include "src/builtins/builtins-utils-inl.h"
#include "src/codegen/assembler-inl.h"
#include "src/codegen/macro-assembler-inl.h"
#include "src/debug/debug.h"
#include "src/execution/arguments-inl.h"
#include "src/execution/frames-inl.h"
#include "src/execution/isolate-inl.h"
#include "src/handles/global-handles-inl.h"
#include "src/heap/factory-inl.h"
#include "src/heap/heap-inl.h"
#include "src/heap/local-heap-inl.h"
#include "src/ic/stub-cache.h"
#include "src/interpreter/bytecodes.h"
#include "src/logging/counters.h"
#include "src/objects/js-array-inl.h"
#include "src/objects/js-function-inl.h"
#include "src/objects/lookup-inl.h"
#include "src/objects/module-inl.h"
#include "src/objects/objects-inl.h"
#include "src/parsing/parse-info.h"
#include "src/runtime/runtime-utils.h"
#include "src/wasm/wasm-engine.h"
#include "src/wasm/wasm-objects-inl.h"
HEADER
cat >"$pch/comp.h" <<'HEADER'
#include "base.h"
#include "src/compiler/access-builder.h"
#include "src/compiler/backend/instruction-selector.h"
#include "src/compiler/js-graph.h"
#include "src/compiler/js-heap-broker-inl.h"
#include "src/compiler/node-properties.h"
#include "src/compiler/simplified-operator.h"
#include "src/compiler/turboshaft/assembler.h"
#include "src/compiler/turboshaft/copying-phase.h"
#include "src/compiler/turboshaft/operations.h"
#include "src/compiler/turboshaft/phase.h"
HEADER
{
  echo '#include "comp.h"'
  grep -h '^#include' "$ninja_dir/gen/v8/torque-generated/src/builtins/array-at-tq-csa.cc" | grep -v 'tq-csa.h' | sort -u
} >"$pch/csa.h"
compile=$(cd "$ninja_dir" && ninja -t commands obj/v8/v8_base_without_compiler/isolate.o | tail -1)
compile=$(sed 's#-MD -MF [^ ]* ##' <<<"${compile%%-fmodule-name*}")
for part in base comp csa; do
  [ -e "$pch/$part.pch" ] && continue
  (cd "$ninja_dir" && eval "$compile -w -fpch-instantiate-templates -x c++-header $pch/$part.h -o $pch/$part.pch.tmp") &&
    mv "$pch/$part.pch.tmp" "$pch/$part.pch"
done

say "ninja rusty_v8 ($jobs jobs)"
(cd "$ninja_dir" && ninja -j "$jobs" rusty_v8 2>&1 | grep -v -i warning)

say "archive"
mkdir -p "$(dirname "$out")"
gzip -9 -c "$ninja_dir/obj/librusty_v8.a" >"$out.tmp" && mv "$out.tmp" "$out"
ls -l "$out"
