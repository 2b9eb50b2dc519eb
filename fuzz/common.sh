# What the scripts of this folder share; they source it from the root of the repository.

# How the targets are built on stable: without a sanitizer, but with overflow checks and debug assertions.
stable=(-O -a -s none)

# The length in bytes of the longest input that a target is given. `limits` has heads of more than 64 KiB, and a hundred
# operations of `session_ops` are a long life, and so are as many segments.
longest() {
    case $1 in
        limits) echo 80000 ;;
        session_ops) echo 1024 ;;
        capture_segments) echo 512 ;;
        *) echo 4096 ;;
    esac
}

# Where cargo fuzz puts what it builds on stable.
binaries() {
    echo "fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release"
}
