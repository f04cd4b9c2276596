//! ZooKeeper's recipe for an election: one of the workers coordinates the others.
//!
//! 1. Each makes an ephemeral sequence node under `/election`, and asks for the children.
//! 2. **The lowest number coordinates.** It writes its name into the parent's data, insisting on the version that it saw.
//! 3. **All others wait**, each with a watch on the node before its own. When that is gone, only the next one wakes, and
//!    asks again: the node before may have gone for another reason than that its worker led.
//! 4. The naive way ([`Recipe::WatchAll`]) is a watch on the parent's children: whatever comes or goes, everybody wakes
//!    and asks. That is the *herd*.
//! 5. Who changes its member, or has heard nothing of what it asked for two keep-alives, begins again with a question. An
//!    order that was carried out though its answer got lost is seen then; a node too many is deleted.
//! 6. Who loses its session coordinates no more, and begins anew when it has another.
//!
//! Two can hold themselves to be coordinator for a while, as owners of shards can: a session is over at the manager when
//! it says so, and at its worker when its own clock does, or it is told.

use super::super::registry::{Message, News, Note, Order, Outcome, Registrar, Timer};
use super::{Event, Found, Look, Mode, Op, Path, Session};
use crate::ha::message::{self, Message as Any};
use crate::ha::note;
use crate::ha::system::Ha;
use crate::sim::{Input, MachineId, Outbox};

/// Keep-alives without an answer after which it asks again.
const PATIENCE: u8 = 2;

/// How those wait who do not coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// Each for the node before its own.
    WatchPredecessor,
    /// All for any change among the children.
    WatchAll,
}

/// One who would coordinate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contender {
    recipe: Recipe,
    worker: u8,
    step: Step,
    /// Its node, as it saw it last.
    node: Option<Path>,
    /// The session and the member with which it is in this step.
    with: Option<(Session, MachineId)>,
    /// The newest entry of the log that it has seen applied.
    applied: u32,
    /// Keep-alives since it asked.
    waited: u8,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// It has no session, or something was refused: the next keep-alive begins anew.
    Out,
    /// It has asked for something, under this number.
    Asked(u32, Wants),
    /// It waits for a watch on this node.
    Waits(Path),
    /// It coordinates.
    Leads,
}

/// What it has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wants {
    /// The children of `/election`.
    Children,
    /// `/election` itself, or its own node in it, to be made.
    Node,
    /// The node before its own, with a watch on it.
    Before(Path),
    /// To write its name down as coordinator.
    Office,
}

impl Contender {
    /// One who begins.
    pub fn new(recipe: Recipe, worker: u8) -> Self {
        Self { recipe, worker, step: Step::Out, node: None, with: None, applied: 0, waited: 0 }
    }

    /// Whether it coordinates, as far as it knows.
    pub fn leads(&self) -> bool {
        self.step == Step::Leads
    }

    /// Its node.
    pub fn node(&self) -> Option<Path> {
        self.node
    }

    /// The node that it waits for.
    pub fn waits_for(&self) -> Option<Path> {
        if let Step::Waits(path) = self.step { Some(path) } else { None }
    }

    /// Everything that its worker's registrar has heeded already is shown to it.
    pub fn step(&mut self, input: &Input<Ha>, news: News, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        let with = registrar.claim().map(|(lease, _)| ((self.worker, lease), registrar.member()));
        let session = |with: Option<(Session, MachineId)>| with.map(|(session, _)| session);
        if news.lost || session(with) != session(self.with) {
            self.withdraw(out);
        }
        if with != self.with {
            self.with = with;
            if self.node.is_some() {
                // Another member: the watches were the old one's.
                return self.look_again(registrar, out);
            }
        }
        match input {
            Input::Message { from, body: Any::Registry(body), .. } if *from == registrar.member() => {
                self.hear(body, registrar, out);
            }
            Input::Timer(message::Timer::Registry(Timer::KeepAlive)) => self.beat(registrar, out),
            _ => {}
        }
    }

    fn note(said: Note, out: &mut Outbox<Ha>) {
        out.note(note::Note::Registry(said));
    }

    /// Its session is lost, and its node with it.
    fn withdraw(&mut self, out: &mut Outbox<Ha>) {
        if let (true, Some(node)) = (self.leads(), self.node) {
            Self::note(Note::Coordinates { node, on: false }, out);
        }
        (self.step, self.node) = (Step::Out, None);
    }

    fn beat(&mut self, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        match self.step {
            Step::Out => self.ask_children(registrar, out),
            Step::Asked(..) => {
                self.waited += 1;
                if self.waited >= PATIENCE {
                    self.ask_children(registrar, out);
                }
            }
            Step::Waits(_) | Step::Leads => {}
        }
    }

    fn asked(&mut self, number: u32, wants: Wants) {
        (self.step, self.waited) = (Step::Asked(number, wants), 0);
    }

    fn ask_children(&mut self, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        if self.with.is_none() {
            self.step = Step::Out;
            return;
        }
        let watch = self.recipe == Recipe::WatchAll;
        let number = registrar.look((Path::ELECTION, Look::Children), watch, self.applied, out);
        self.asked(number, Wants::Children);
    }

    /// Asks, and sets the watch of a herd anew; who coordinates goes on to, whatever the answer.
    fn look_again(&mut self, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        let leads = self.leads();
        self.ask_children(registrar, out);
        if leads {
            self.step = Step::Leads;
        }
    }

    fn order(&self, op: Op, registrar: &mut Registrar, out: &mut Outbox<Ha>) -> Option<u32> {
        let (by, _) = self.with?;
        Some(registrar.order(Order::Tree { by, op }, out))
    }

    /// Asks for something that it has to know the end of.
    fn ask(&mut self, op: Op, wants: Wants, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        if let Some(number) = self.order(op, registrar, out) {
            self.asked(number, wants);
        }
    }

    fn hear(&mut self, body: &Message, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        match (body, self.step) {
            (Message::Found { number, found }, step) => {
                self.applied = self.applied.max(found.applied);
                match step {
                    Step::Asked(asked, Wants::Children) if asked == *number => self.sees(found, registrar, out),
                    Step::Asked(asked, Wants::Before(before)) if asked == *number => match found.node {
                        Some(_) => self.wait(before, out),
                        None => self.ask_children(registrar, out),
                    },
                    _ => {}
                }
            }
            (Message::Ordered { number, outcome }, Step::Asked(asked, wants)) if asked == *number => {
                self.ordered(*outcome, wants, registrar, out);
            }
            (Message::NodeFired { path, event }, _) => self.fired(*path, *event, registrar, out),
            _ => {}
        }
    }

    fn ordered(&mut self, outcome: Outcome, wants: Wants, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        match (outcome, wants, self.node) {
            (Outcome::Done(applied), Wants::Office, Some(node)) => {
                self.applied = self.applied.max(applied);
                self.step = Step::Leads;
                Self::note(Note::Coordinates { node, on: true }, out);
            }
            (Outcome::Done(applied), ..) => {
                self.applied = self.applied.max(applied);
                self.ask_children(registrar, out);
            }
            // Somebody was faster, or the session is over: it looks again with the next keep-alive.
            (Outcome::Refused, ..) => self.step = Step::Out,
        }
    }

    /// The watch has fired. A leader in a herd wakes with the rest.
    fn fired(&mut self, path: Path, event: Event, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        if self.with.is_none() {
            return;
        }
        Self::note(Note::NodeFired { path, event }, out);
        // In ZooKeeper a client's question waits for its orders. Here it asks when it has the answer to them.
        if !matches!(self.step, Step::Asked(_, Wants::Node | Wants::Office)) {
            self.look_again(registrar, out);
        }
    }

    /// The children of `/election`: whose turn it is.
    fn sees(&mut self, found: &Found, registrar: &mut Registrar, out: &mut Outbox<Ha>) {
        let Some((session, _)) = self.with else { return };
        let Some(parent) = found.node else {
            let op = Op::Create { path: Path::ELECTION, mode: Mode::Persistent, data: 0 };
            return self.ask(op, Wants::Node, registrar, out);
        };
        // In the order of their numbers.
        let mut mine = found.children.iter().filter(|(_, owner)| *owner == Some(session)).map(|(path, _)| *path);
        let Some(node) = mine.next() else {
            let op = Op::Create { path: Path::CANDIDATE, mode: Mode::EphemeralSequential, data: 0 };
            return self.ask(op, Wants::Node, registrar, out);
        };
        self.node = Some(node);
        for path in mine {
            self.order(Op::Delete { path, version: None }, registrar, out);
        }
        match found.children.iter().map(|(path, _)| *path).take_while(|path| *path < node).last() {
            None => {
                let data = u32::from(self.worker) + 1;
                let op = Op::Set { path: Path::ELECTION, data, version: Some(parent.version) };
                self.ask(op, Wants::Office, registrar, out);
            }
            Some(_) if self.recipe == Recipe::WatchAll => self.wait(Path::ELECTION, out),
            Some(before) => {
                let number = registrar.look((before, Look::Exists), true, self.applied, out);
                self.asked(number, Wants::Before(before));
            }
        }
    }

    fn wait(&mut self, on: Path, out: &mut Outbox<Ha>) {
        self.step = Step::Waits(on);
        Self::note(Note::Waits { on }, out);
    }
}
