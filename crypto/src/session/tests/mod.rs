//! Whole meetings in virtual time, over a host that can be told to lie.

mod as_before;
mod asides;
mod authority;
mod chat;
mod enemy;
mod files;
mod forging;
mod frames;
mod host;
mod hostile;
mod join;
mod large;
mod leaving;
mod opening;
mod returning;
mod together;
mod votes;
mod waiting;
mod world;
