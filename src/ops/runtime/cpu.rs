//! Which instruction set the kernels use: the best one of this processor, or the one that `DIFFPOOL_CPU` names.
//!
//! The variable is there to run a machine as if it were a lesser one: around a fault of a processor or of what emulates
//! it, to find out whether a difference comes from the kernels, and in tests. It is read once, the first time that
//! anything is computed. A name that is none, or an instruction set that this processor does not have, is refused where
//! an engine is made: nothing is computed in another way than was asked for.

use std::ffi::{CStr, OsString};
use std::sync::OnceLock;

use crate::error::{Result, bail};

/// Instruction sets that there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cpu {
    /// What every processor of the target has, and the products of `matrixmultiply`, which looks for more by itself.
    Portable,
    /// NEON, on aarch64.
    Neon,
    /// AVX2 and FMA, on x86-64.
    Avx2,
    /// AVX-512 F, on x86-64.
    Avx512,
}

/// The environment variable.
pub const VARIABLE: &str = "DIFFPOOL_CPU";

impl Cpu {
    /// All instruction sets, the better ones last.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512];

    /// The name that `DIFFPOOL_CPU` has for the instruction set.
    pub fn name(self) -> &'static str {
        self.c_name().to_str().expect("names are ASCII")
    }

    /// The name for C.
    pub fn c_name(self) -> &'static CStr {
        match self {
            Self::Portable => c"portable",
            Self::Neon => c"neon",
            Self::Avx2 => c"avx2",
            Self::Avx512 => c"avx512",
        }
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            // It belongs to every processor that the target is for.
            Self::Neon => cfg!(target_arch = "aarch64"),
            Self::Avx2 => has_avx2(),
            Self::Avx512 => has_avx2() && has_avx512(),
        }
    }

    /// The instruction sets that this processor has.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|cpu| cpu.is_available())
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx512() -> bool {
    false
}

/// The choice of this process, made once.
fn choice() -> &'static Result<Cpu> {
    static CHOICE: OnceLock<Result<Cpu>> = OnceLock::new();
    CHOICE.get_or_init(|| choose(std::env::var_os(VARIABLE)))
}

fn choose(named: Option<OsString>) -> Result<Cpu> {
    let Some(name) = named.filter(|name| !name.is_empty()) else { return Ok(best()) };
    let names = |cpus: &mut dyn Iterator<Item = Cpu>| cpus.map(Cpu::name).collect::<Vec<_>>().join(", ");
    let Some(cpu) = Cpu::ALL.into_iter().find(|cpu| name.to_str() == Some(cpu.name())) else {
        let all = names(&mut Cpu::ALL.into_iter());
        bail!(InvalidConfig, "the environment variable {VARIABLE} is {name:?}; it can be one of {all}")
    };
    if !cpu.is_available() {
        let name = cpu.name();
        let available = names(&mut Cpu::available());
        bail!(Unsupported, "the environment variable {VARIABLE} is {name:?}, but this processor has {available} only")
    }
    Ok(cpu)
}

fn best() -> Cpu {
    Cpu::available().next_back().unwrap_or(Cpu::Portable)
}

/// What `DIFFPOOL_CPU` asks for, refused where it cannot be had.
pub fn check() -> Result<()> {
    choice().as_ref().map_or_else(|error| Err(error.clone()), |_| Ok(()))
}

/// What the kernels use.
#[inline]
pub fn cpu() -> Cpu {
    #[cfg(test)]
    if let Some(cpu) = FORCED.get() {
        return cpu;
    }
    choice().as_ref().map_or_else(|_| best(), |cpu| *cpu)
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Cpu>> = const { std::cell::Cell::new(None) };
}

/// Runs a test with every instruction set of this processor in turn, in this thread.
#[cfg(test)]
pub fn with_each(test: impl Fn(Cpu)) {
    for cpu in Cpu::available() {
        FORCED.set(Some(cpu));
        test(cpu);
    }
    FORCED.set(None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_variable_is_obeyed_or_refused() {
        assert_eq!(choose(None), Ok(best()));
        assert_eq!(choose(Some("".into())), Ok(best()));
        for cpu in Cpu::ALL {
            let chosen = choose(Some(cpu.name().into()));
            if cpu.is_available() {
                assert_eq!(chosen, Ok(cpu));
                continue;
            }
            let error = chosen.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let begin = format!("the environment variable DIFFPOOL_CPU is {:?}, but this processor has ", cpu.name());
            assert!(error.message().starts_with(&begin), "{error}");
        }
        let error = choose(Some("AVX".into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert_eq!(
            error.message(),
            "the environment variable DIFFPOOL_CPU is \"AVX\"; it can be one of portable, neon, avx2, avx512"
        );
    }

    #[test]
    fn a_test_can_run_with_each() {
        let best = best();
        with_each(|cpu| assert!(super::cpu() == cpu && cpu <= best));
    }
}
