//! End-to-end tests of the page in real browsers.
