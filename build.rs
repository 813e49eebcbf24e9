//! Gives the shared library the name under which programs look for it at run time.

/// The number in the name: it changes with every incompatible release from 1.0 on, and is 0 before.
const ABI: u32 = 0;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows" | "emscripten" | "wasi") | Err(_) => {}
        Ok("macos" | "ios") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdiffpool.{ABI}.dylib");
        }
        Ok(_) => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libdiffpool.so.{ABI}"),
    }
}
