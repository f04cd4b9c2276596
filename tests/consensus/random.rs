//! Random (placeholder).
