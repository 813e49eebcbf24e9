//! A second library in Rust, of which every version of the compiler brings its own standard library.

/// Returns the sum of the numbers from 1 to `n`, by way of threads and collections.
#[unsafe(no_mangle)]
pub extern "C" fn other_sum(n: u64) -> u64 {
    let thread = std::thread::spawn(move || (1..=n).collect::<Vec<_>>().iter().sum());
    thread.join().unwrap()
}

/// Panics and catches it; returns 1 if that worked.
#[unsafe(no_mangle)]
pub extern "C" fn other_catches(index: usize) -> i32 {
    let numbers = vec![1, 2, 3];
    i32::from(std::panic::catch_unwind(|| numbers[index]).is_err())
}
