//! Lessons of the registry.
