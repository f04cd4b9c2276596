//! Wires between machines: latency, jitter, loss, cuts and partitions.

use super::dice::{Dice, Domain};
use super::limits;
use super::time::Micros;
use super::world::MachineId;

/// A link as the scenario describes it, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkSpec {
    /// Shortest one-way latency.
    pub latency_lo_us: Micros,
    /// Longest one-way latency; uniform in between.
    pub latency_hi_us: Micros,
    /// Datagrams lost in a million.
    pub loss_ppm: u32,
}

/// A link and what faults have done to it, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// As it was laid.
    pub spec: LinkSpec,
    /// Nothing passes.
    pub cut: bool,
    /// Latency on top.
    pub extra_us: Micros,
    /// Jitter on top: uniform in 0..=this.
    pub jitter_us: Micros,
    /// Loss on top, in a million.
    pub extra_loss_ppm: u32,
    sent: u64,
}

/// All links, and the partition if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    machines: usize,
    links: Vec<Link>,
    groups: u64,
}

/// How a datagram fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Arrives(Micros),
    Lost,
}

impl Network {
    pub(super) fn new(machines: usize, spec: impl Fn(MachineId, MachineId) -> LinkSpec) -> Self {
        let links = (0..machines * machines)
            .map(|index| Link {
                spec: spec(MachineId::from_index(index / machines), MachineId::from_index(index % machines)),
                cut: false,
                extra_us: 0,
                jitter_us: 0,
                extra_loss_ppm: 0,
                sent: 0,
            })
            .collect();
        Self { machines, links, groups: 0 }
    }

    fn index(&self, from: MachineId, to: MachineId) -> usize {
        from.index() * self.machines + to.index()
    }

    /// The link from one machine to another.
    pub fn link(&self, from: MachineId, to: MachineId) -> &Link {
        &self.links[self.index(from, to)]
    }

    pub(super) fn link_mut(&mut self, from: MachineId, to: MachineId) -> &mut Link {
        let index = self.index(from, to);
        &mut self.links[index]
    }

    /// The partition group (0 to 3) of a machine.
    pub fn group(&self, machine: MachineId) -> u8 {
        (self.groups >> (2 * machine.index()) & 3) as u8
    }

    /// Whether anything passes from one machine to the other now.
    pub fn passes(&self, from: MachineId, to: MachineId) -> bool {
        !self.link(from, to).cut && (self.groups == 0 || self.group(from) == self.group(to))
    }

    pub(super) fn partition(&mut self, groups: u64) {
        self.groups = groups;
    }

    pub(super) fn heal(&mut self) {
        self.groups = 0;
        for link in &mut self.links {
            link.cut = false;
        }
    }

    fn key(from: MachineId, to: MachineId) -> u64 {
        u64::from(from.number()) << 8 | u64::from(to.number())
    }

    /// Draws the fate of the next message: a function of (link, ordinal) alone.
    pub(super) fn draw(&mut self, seed: u64, from: MachineId, to: MachineId) -> Fate {
        let link = self.link_mut(from, to);
        let mut dice = Dice::keyed(seed, Domain::Message, Self::key(from, to), link.sent);
        link.sent += 1;
        if dice.chance_ppm(link.spec.loss_ppm.saturating_add(link.extra_loss_ppm)) {
            return Fate::Lost;
        }
        Fate::Arrives(link.latency(&mut dice))
    }

    /// How long a segment on a connection takes: every loss on its way costs a retransmission.
    pub(super) fn draw_reliable(&mut self, seed: u64, from: MachineId, to: MachineId) -> Micros {
        let ordinal = self.link(from, to).sent;
        let mut waited = 0;
        let mut pause = limits::RETRANSMIT_FIRST_US;
        let mut fate = self.draw(seed, from, to);
        let mut attempt = 0;
        loop {
            match fate {
                Fate::Arrives(latency) => return waited + latency,
                Fate::Lost => {
                    waited += pause;
                    pause = (pause * 2).min(limits::RETRANSMIT_MAX_US);
                    attempt += 1;
                    let link = self.link(from, to);
                    let key = Self::key(from, to) << 8 | attempt;
                    let mut dice = Dice::keyed(seed, Domain::Retransmit, key, ordinal);
                    let lost = dice.chance_ppm(link.spec.loss_ppm.saturating_add(link.extra_loss_ppm));
                    // A link that loses everything holds the segment up; the connection's timeout ends it.
                    fate = if lost && attempt < 12 { Fate::Lost } else { Fate::Arrives(link.latency(&mut dice)) };
                }
            }
        }
    }
}

impl Link {
    fn latency(&self, dice: &mut Dice) -> Micros {
        let spec = self.spec;
        let jitter = if self.jitter_us == 0 { 0 } else { dice.between(0, self.jitter_us) };
        dice.between(spec.latency_lo_us, spec.latency_hi_us) + self.extra_us + jitter
    }

    /// Whether a fault has been done to it.
    pub fn is_impaired(&self) -> bool {
        self.cut || self.extra_us > 0 || self.jitter_us > 0 || self.extra_loss_ppm > 0
    }
}
