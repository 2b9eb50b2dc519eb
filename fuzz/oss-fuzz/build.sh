#!/usr/bin/env bash
# What OSS-Fuzz runs in its image: the same as ClusterFuzzLite.
set -euo pipefail
exec "${SRC:?}/bits/.clusterfuzzlite/build.sh"
