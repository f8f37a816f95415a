//! Two versions of brotli meet in the link, as in the program itself (its build.rs says why).

fn main() {
    println!("cargo:rustc-link-arg=-Wl,--allow-multiple-definition");
}
