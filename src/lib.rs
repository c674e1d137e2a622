//! From an SELinux denial to a built policy module, in the terminal and on the command line.

pub mod audit;
pub mod cil;
pub mod cli;
pub mod config;
pub mod denials;
pub mod export;
pub mod host;
pub mod module;
pub mod policydb;
pub mod refpolicy;
pub mod replay;
pub mod selinux;
pub mod session;
pub mod tui;
