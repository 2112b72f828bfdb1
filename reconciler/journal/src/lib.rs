//! Durable state of the service: what was applied, seen and done.
