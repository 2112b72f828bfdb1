//! Templates and functions: what is written once and stands for many, by its parameters.
//!
//! A body is checked once where it is defined, with stand-ins for its parameters, so that mistakes in it are said there.
//! Each use checks it again with what is given, and lowers that: nothing of a template is left in a program but what was
//! made from it. What is wrong only with what is given is said at the use.

mod binder;
mod function;
mod hygiene;
mod instance;
mod parameters;
mod stand_in;

pub(crate) use binder::Binder;
pub(crate) use parameters::{KeyShape, Spec, Takes};
