//! What operations run on: the processor, its kernels, threads, memory, random numbers.

pub mod buffer;
pub mod cpu;
pub mod elementary;
pub mod executor;
pub mod flops;
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), path = "kernel_portable.rs")]
pub mod kernel;
pub mod lanes;
pub mod matrix;
pub mod products;
pub mod random;
pub mod real;
mod threads;
