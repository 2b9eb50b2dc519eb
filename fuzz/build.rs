//! Builds llhttp and our shim, for the target `diff_llhttp` alone.

fn main() {
    #[cfg(feature = "llhttp")]
    llhttp();
}

#[cfg(feature = "llhttp")]
fn llhttp() {
    const FILES: [&str; 4] = [
        "llhttp/api.c",
        "llhttp/http.c",
        "llhttp/llhttp.c",
        "src/llhttp_shim.c",
    ];
    assert!(
        std::path::Path::new(FILES[0]).exists(),
        "the sources of llhttp are not there: run fuzz/fetch-llhttp"
    );
    for file in FILES {
        println!("cargo::rerun-if-changed={file}");
    }
    cc::Build::new()
        .files(FILES)
        .include("llhttp")
        .warnings(false)
        .compile("llhttp");
}
