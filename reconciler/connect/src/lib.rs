//! Sources of telemetry from real systems.
