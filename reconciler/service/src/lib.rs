//! `heald`: clocks, polling, the status socket and shutdown.
