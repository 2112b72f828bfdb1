//! Tests that start servers, browsers and the binaries. They share few cores, so they run few at a time.

mod components;
