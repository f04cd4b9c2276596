//! What one order has come to, told as notes: the difference between the registries before and after it.

use super::{Note, Order, Registry};

/// What has changed between two neighbouring registries, by this order.
pub fn changes(before: &Registry, after: &Registry, order: Order) -> Vec<Note> {
    let mut notes = Vec::new();
    for worker in 0..after.workers.len() as u8 {
        match (before.worker(worker), after.worker(worker)) {
            (was, Some(is)) if was.is_none_or(|was| was.lease != is.lease) => {
                notes.push(Note::Registered { worker, lease: is.lease, sequence: is.sequence });
            }
            (Some(was), None) => notes.push(Note::Revoked { worker, lease: was.lease }),
            _ => {}
        }
        if before.emptied(worker) != after.emptied(worker) {
            notes.push(Note::Emptied { worker });
        }
        match (before.is_leaving(worker), after.is_leaving(worker)) {
            (false, true) => notes.push(Note::Draining { worker }),
            (true, false) => notes.push(Note::Ready { worker }),
            _ => {}
        }
    }
    for (shard, (was, is)) in (0..).zip(before.shards.iter().zip(&after.shards)) {
        match (was.owner, is.owner) {
            (Some(from), Some(to))
                if from != to && was.token != is.token && matches!(order, Order::HandOver { .. }) =>
            {
                notes.push(Note::HandedOver { shard, from, to, token: is.token });
            }
            (_, Some(worker)) if was.token != is.token => {
                notes.push(Note::Assigned { shard, worker, token: is.token });
            }
            (Some(_), None) => notes.push(Note::Vacant { shard, token: is.token }),
            _ => {}
        }
        if let (Order::AcceptLoss { shard: of }, Some(worker)) = (order, is.owner)
            && of == shard
            && was.owner.is_none()
        {
            notes.push(Note::LossAccepted { shard, worker });
        }
        if is.is_lost() && !was.is_lost() {
            notes.push(Note::Lost { shard });
        }
        if let (Order::Record { .. }, true) = (order, was.in_sync.version != is.in_sync.version) {
            notes.push(Note::Recorded { shard, set: is.in_sync });
        }
        if was.holders != is.holders {
            notes.push(Note::Placed { shard, holders: is.holders });
        }
        if let (Some(to), true) = (is.successor, was.successor != is.successor) {
            notes.push(Note::Moving { shard, to });
        }
    }
    let drained = |worker: &u8| after.is_drained(*worker) && !before.is_drained(*worker);
    notes.extend((0..after.workers.len() as u8).filter(drained).map(|worker| Note::Drained { worker }));
    notes
}
