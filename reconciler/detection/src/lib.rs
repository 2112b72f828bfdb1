//! Streaming statistics over samples; no IO, no policy words.
