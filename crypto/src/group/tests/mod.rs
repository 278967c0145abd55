//! The group against honest and hostile members.
