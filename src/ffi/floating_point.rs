//! The floating-point environment of the host, out of the way while the library computes.
//!
//! A host may have other rounding than to the nearest, denormal numbers taken for zero, or exceptions that trap, as
//! programs in Ada, Delphi and Fortran do. Compiled code may divide zero by zero where the result is not used, so that
//! nothing here may trap, and the bits of a result are those of the default environment.

/// The default environment, until it is dropped; then the host's.
pub(super) struct Environment(Option<Control>);

impl Environment {
    /// Sets the environment that compiled code expects.
    pub fn default_one() -> Self {
        let host = control();
        Self((host & MODES != DEFAULT & MODES).then(|| {
            set_control(DEFAULT);
            host
        }))
    }

    /// Sets the host's environment again, while its own code runs within a call. Dropped, it is the default one again.
    pub fn of_host(host: Option<Control>) -> Self {
        Self(host.map(|host| {
            set_control(host);
            DEFAULT
        }))
    }

    /// What the host had, where that is not the default.
    pub fn host(&self) -> Option<Control> {
        self.0
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        if let Some(control) = self.0 {
            set_control(control);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod register {
    use std::arch::asm;

    /// The register MXCSR.
    pub type Control = u32;

    /// All exceptions masked, to nearest, denormal numbers as they are.
    pub const DEFAULT: Control = 0x1f80;
    /// All but the flags of exceptions that have been, which do nothing.
    pub const MODES: Control = !0x3f;

    pub fn control() -> Control {
        let mut control = 0;
        // SAFETY: the instruction writes four bytes to the address.
        unsafe { asm!("stmxcsr [{}]", in(reg) &mut control, options(nostack, preserves_flags)) };
        control
    }

    pub fn set_control(control: Control) {
        // SAFETY: the instruction reads four bytes. The value is the default or one that the register had; with the
        // host's no code of the library computes.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &control, options(nostack, preserves_flags, readonly)) };
    }
}

#[cfg(target_arch = "aarch64")]
mod register {
    use std::arch::asm;

    /// The register FPCR.
    pub type Control = u64;

    /// No exception traps, to nearest, denormal numbers as they are.
    pub const DEFAULT: Control = 0;
    pub const MODES: Control = !0;

    pub fn control() -> Control {
        let control;
        // SAFETY: the register can be read by any program.
        unsafe { asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags)) };
        control
    }

    pub fn set_control(control: Control) {
        // SAFETY: the register can be written by any program; the value is the default or one that it had.
        unsafe { asm!("msr fpcr, {}", in(reg) control, options(nomem, nostack, preserves_flags)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod register {
    /// Nothing is known of the environment, and nothing changed.
    pub type Control = u32;

    pub const DEFAULT: Control = 0;
    pub const MODES: Control = 0;

    pub fn control() -> Control {
        DEFAULT
    }

    pub fn set_control(_: Control) {}
}

pub(super) use register::Control;
use register::{DEFAULT, MODES, control, set_control};

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::ffi::panics::{outside, quietly};

    /// Traps at 0/0, x/0 and overflow, rounds upwards.
    const STRICT: Control = 0x1f80 & !(0x80 | 0x200 | 0x400) | 0x4000;

    #[test]
    fn a_call_has_the_default_and_a_callback_the_hosts() {
        set_control(STRICT);
        let seen = quietly(|| {
            let within = control() & MODES;
            let callback = outside(control);
            // Would end the process in the host's environment.
            let quotient = std::hint::black_box(0.0_f32) / std::hint::black_box(0.0_f32);
            (within, callback & MODES, control() & MODES, quotient.is_nan())
        });
        let after = control();
        let panicked = quietly(|| panic!("boom"));
        let after_panic = control();
        set_control(DEFAULT);
        assert_eq!(seen.unwrap(), (DEFAULT, STRICT, DEFAULT, true));
        assert_eq!((after & MODES, after_panic & MODES), (STRICT, STRICT));
        assert!(panicked.is_err());
    }

    #[test]
    fn flags_alone_change_nothing() {
        assert_eq!(Environment::default_one().host(), None);
        set_control(DEFAULT | 1);
        assert_eq!(Environment::default_one().host(), None);
        set_control(DEFAULT);
    }
}
