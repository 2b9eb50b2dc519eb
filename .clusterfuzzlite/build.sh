#!/usr/bin/env bash
# Builds every target into $OUT, each with its seeds, its dictionary and its options: what ClusterFuzzLite
# and OSS-Fuzz run.
#
#     OUT=folder [SANITIZER=address|coverage|none] .clusterfuzzlite/build.sh
#
# With SANITIZER=none it runs on stable, outside of any image, if zip is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
# In the image this script is a copy beside the sources.
[ -d fuzz ] || cd "${SRC:?}/bits"
. fuzz/common.sh

case "${SANITIZER:-address}" in
    none | coverage) sanitizer=(-s none) ;;
    *) sanitizer=(-s "${SANITIZER:-address}") ;;
esac
cargo fuzz build -O -a "${sanitizer[@]}"

binaries=$(binaries)
mkdir -p "$OUT"
out=$(realpath "$OUT")
for target in $(cargo fuzz list); do
    # diff_llhttp is built against sources that are not here.
    [ "$target" != diff_llhttp ] || continue
    cp "$binaries/$target" "$out/"
    cp fuzz/bits.dict "$out/$target.dict"
    printf '[libfuzzer]\nmax_len = %s\ntimeout = 10\ndict = %s.dict\n' "$(longest "$target")" "$target" \
        >"$out/$target.options"
    rm -f "$out/${target}_seed_corpus.zip"
    # The folders that are committed, and not what a fuzzer has left beside them.
    folders=()
    for folder in seeds negative min crashes; do
        [ ! -d "corpus/$target/$folder" ] || folders+=("$folder")
    done
    (cd "corpus/$target" && zip --quiet --recurse-paths "$out/${target}_seed_corpus.zip" "${folders[@]}")
done
