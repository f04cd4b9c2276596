//! What the lab teaches, one test for each lesson; and each mechanism, switched off, brings its failure back.

#[path = "../support/chaos.rs"]
mod chaos;
mod lab;
#[path = "../support/often.rs"]
mod often;

mod clients;
mod failover;
mod frozen;
mod law;
mod leases;
mod not_enough;
mod planned;
mod pool;
mod recurring;
mod returning;
mod shooting;
mod storage;
mod switched_off;
