//! How a newcomer proves the password to a member and is let in.
