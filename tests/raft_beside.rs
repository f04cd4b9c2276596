//! Our Raft beside another: the crate `raft` of `TiKV`, which follows etcd's.
//!
//! Both get the same script of campaigns, proposals, heartbeats, cuts, crashes and restarts, over the same simple
//! network, with disks that sync at once. After each operation everything is delivered, and the leaders send
//! heartbeats twice; then each server of the one must be where its twin is: leader, term, end of the log, what is
//! committed, and its payload.
//!
//! Timers never run out: the script campaigns. Three things that the crate does otherwise are evened out in
//! [`Theirs`], and nowhere else:
//!
//! - It puts what is committed into requests for votes and refusals, and servers commit by that. Neither the
//!   dissertation nor etcd does.
//! - It keeps what is committed on the disk. In the dissertation (figure 3.1) a server that restarts has to be told.
//! - Without pre-vote and check-quorum it does not answer a leader of an older term, and it never answers a candidate
//!   of one. Figure 3.1 wants an answer: "currentTerm, for leader (candidate) to update itself".
#![cfg(not(target_arch = "wasm32"))]

#[path = "support/often.rs"]
mod often;

use std::collections::VecDeque;
use std::fmt::Debug;

use ha_lab::ha::cluster::raft::{
    Command, Config, Durable, Effect, Input, Members, Message, Outbox, Payload, Raft, Timer, Timing,
};
use ha_lab::sim::{Dice, Domain, MachineId};
use raft::eraftpb::{Entry, Message as Letter, MessageType};
use raft::storage::MemStorage;
use raft::{RawNode, StateRole};

/// What can be seen of a server, in either of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    leads: bool,
    leader: Option<usize>,
    term: u64,
    last: (u64, u64),
    commit: u64,
    /// The payloads of what is committed; nothing for the entry that opens a term.
    words: Vec<Option<u32>>,
}

/// A server of one kind.
trait Server: Sized {
    type Message;
    fn new(me: usize, servers: usize, pre_vote: bool) -> Self;
    fn crash(&mut self);
    fn restart(&mut self);
    fn seen(&self) -> Option<Seen>;
    fn campaign(&mut self) -> Mail<Self::Message>;
    fn propose(&mut self, word: u32) -> Mail<Self::Message>;
    fn beat(&mut self) -> Mail<Self::Message>;
    fn receive(&mut self, from: usize, message: Self::Message) -> Mail<Self::Message>;
}

/// Messages, and to whom they go.
type Mail<M> = Vec<(usize, M)>;

// ---- ours ----------------------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Word(u32);

impl Command for Word {
    type State = ();
}

struct Ours {
    me: MachineId,
    config: Config,
    disk: Durable<Word>,
    server: Option<Raft<Word>>,
    words: Vec<Option<u32>>,
}

impl Ours {
    fn step(&mut self, input: Input<Word>) -> Mail<Message<Word>> {
        let (mut out, mut mail) = (Outbox::default(), Vec::new());
        let Some(server) = &mut self.server else { return mail };
        server.step(input, &mut out);
        out.each(|effect, out| match effect {
            Effect::Send(to, message) => mail.push((to.index(), message)),
            Effect::Persist(id, write) => {
                self.disk.apply(write);
                server.step(Input::Synced(id), out);
            }
            Effect::Committed(_, Payload::Command(Word(word))) => self.words.push(Some(word)),
            Effect::Committed(..) => self.words.push(None),
            _ => {}
        });
        mail
    }
}

impl Server for Ours {
    type Message = Message<Word>;

    fn new(me: usize, servers: usize, pre_vote: bool) -> Self {
        let never_us = 1_000_000_000_000;
        let timing = Timing::Continuous { election_lo_us: never_us, election_hi_us: never_us, heartbeat_us: never_us };
        let config = Config { timing, pre_vote, check_quorum: false, ..Config::paper() };
        let disk = Durable::new(Members::of((0..servers).map(MachineId::from_index)));
        let mut new = Self { me: MachineId::from_index(me), config, disk, server: None, words: Vec::new() };
        new.restart();
        new
    }

    fn crash(&mut self) {
        self.server = None;
    }

    fn restart(&mut self) {
        if self.server.is_none() {
            self.words.clear();
            self.server = Some(Raft::new(self.config, self.me, &self.disk));
            self.step(Input::Start);
        }
    }

    fn seen(&self) -> Option<Seen> {
        let server = self.server.as_ref()?;
        let last = server.log().last();
        Some(Seen {
            leads: server.is_leader(),
            leader: server.leader().map(MachineId::index),
            term: server.term().into(),
            last: (last.term.into(), last.index.into()),
            commit: server.commit().into(),
            words: self.words.clone(),
        })
    }

    fn campaign(&mut self) -> Mail<Self::Message> {
        self.step(Input::Campaign)
    }

    fn propose(&mut self, word: u32) -> Mail<Self::Message> {
        self.step(Input::Propose(Word(word)))
    }

    fn beat(&mut self) -> Mail<Self::Message> {
        self.step(Input::Timer(Timer::Heartbeat))
    }

    fn receive(&mut self, from: usize, body: Self::Message) -> Mail<Self::Message> {
        self.step(Input::Message { from: MachineId::from_index(from), body })
    }
}

// ---- theirs --------------------------------------------------------------------------------------------

/// The crate numbers its servers from 1.
struct Theirs {
    config: raft::Config,
    disk: MemStorage,
    server: Option<RawNode<MemStorage>>,
    words: Vec<Option<u32>>,
}

impl Theirs {
    /// Carries out all that the server wants done.
    fn work(&mut self) -> Mail<Letter> {
        let mut mail: Vec<Letter> = Vec::new();
        let Some(server) = &mut self.server else { return Vec::new() };
        while server.has_ready() {
            let mut ready = server.ready();
            mail.extend(ready.take_messages());
            self.words.extend(ready.take_committed_entries().iter().map(word));
            self.disk.wl().append(ready.entries()).expect("entries follow on each other");
            if let Some(state) = ready.hs() {
                self.disk.wl().set_hardstate(state.clone());
            }
            mail.extend(ready.take_persisted_messages());
            let mut more = server.advance(ready);
            mail.extend(more.take_messages());
            self.words.extend(more.take_committed_entries().iter().map(word));
            server.advance_apply();
        }
        mail.into_iter().map(|letter| (letter.to as usize - 1, without_commit(letter))).collect()
    }
}

fn word(entry: &Entry) -> Option<u32> {
    <[u8; 4]>::try_from(&entry.data[..]).ok().map(u32::from_be_bytes)
}

fn is_vote(kind: MessageType) -> bool {
    use MessageType::{MsgRequestPreVote, MsgRequestPreVoteResponse, MsgRequestVote, MsgRequestVoteResponse};
    matches!(kind, MsgRequestVote | MsgRequestVoteResponse | MsgRequestPreVote | MsgRequestPreVoteResponse)
}

fn without_commit(mut letter: Letter) -> Letter {
    if is_vote(letter.get_msg_type()) {
        letter.commit = 0;
        letter.commit_term = 0;
    }
    letter
}

impl Server for Theirs {
    type Message = Letter;

    fn new(me: usize, servers: usize, pre_vote: bool) -> Self {
        let config = raft::Config {
            id: me as u64 + 1,
            election_tick: 1_000_000,
            heartbeat_tick: 1,
            max_size_per_msg: 1 << 20,
            max_inflight_msgs: 256,
            check_quorum: false,
            pre_vote,
            ..raft::Config::default()
        };
        let voters: Vec<u64> = (1..=servers as u64).collect();
        let disk = MemStorage::new_with_conf_state((voters, Vec::new()));
        let mut new = Self { config, disk, server: None, words: Vec::new() };
        new.restart();
        new
    }

    fn crash(&mut self) {
        self.server = None;
    }

    fn restart(&mut self) {
        if self.server.is_none() {
            self.words.clear();
            self.disk.wl().mut_hard_state().commit = 0;
            let logger = slog::Logger::root(slog::Discard, slog::o!());
            self.server = Some(RawNode::new(&self.config, self.disk.clone(), &logger).expect("it starts"));
        }
    }

    fn seen(&self) -> Option<Seen> {
        let server = &self.server.as_ref()?.raft;
        let last = server.raft_log.last_index();
        Some(Seen {
            leads: server.state == StateRole::Leader,
            leader: (server.leader_id as usize).checked_sub(1),
            term: server.term,
            last: (server.raft_log.term(last).expect("it is there"), last),
            commit: server.raft_log.committed,
            words: self.words.clone(),
        })
    }

    fn campaign(&mut self) -> Mail<Letter> {
        if let Some(server) = &mut self.server {
            server.campaign().expect("it may");
        }
        self.work()
    }

    fn propose(&mut self, word: u32) -> Mail<Letter> {
        if let Some(server) = &mut self.server {
            server.propose(Vec::new(), word.to_be_bytes().to_vec()).expect("a leader takes it");
        }
        self.work()
    }

    fn beat(&mut self) -> Mail<Letter> {
        if let Some(server) = &mut self.server {
            server.ping();
        }
        self.work()
    }

    fn receive(&mut self, from: usize, letter: Letter) -> Mail<Letter> {
        let Some(server) = &mut self.server else { return Vec::new() };
        let kind = letter.get_msg_type();
        let is_old = letter.term != 0 && letter.term < server.raft.term;
        let mut answer = Letter::default();
        answer.set_msg_type(match kind {
            MessageType::MsgRequestVote => MessageType::MsgRequestVoteResponse,
            _ => MessageType::MsgAppendResponse,
        });
        answer.from = server.raft.id;
        answer.to = from as u64 + 1;
        answer.term = server.raft.term;
        answer.reject = true;
        server.step(letter).expect("it understands");
        let mut mail = self.work();
        let left_out = match kind {
            MessageType::MsgRequestVote => true,
            MessageType::MsgAppend | MessageType::MsgHeartbeat => !self.config.pre_vote,
            _ => false,
        };
        if is_old && left_out {
            mail.push((from, answer));
        }
        mail
    }
}

// ---- a network and a script -----------------------------------------------------------------------------

/// One thing that the script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Campaign(usize),
    /// At this server, if it leads.
    Propose(usize),
    Beat,
    /// Both ways.
    Cut(usize, usize),
    /// One way.
    CutOneWay(usize, usize),
    /// Bit *i*: server *i* is on this side.
    Partition(u32),
    Heal,
    Crash(usize),
    Restart(usize),
}

struct Ensemble<S: Server> {
    servers: Vec<S>,
    cut: Vec<u32>,
    next_word: u32,
}

impl<S: Server> Ensemble<S> {
    fn new(servers: usize, pre_vote: bool) -> Self {
        let all = (0..servers).map(|me| S::new(me, servers, pre_vote)).collect();
        Self { servers: all, cut: vec![0; servers], next_word: 0 }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Campaign(who) => self.deliver(who, S::campaign),
            Act::Propose(who) => {
                self.next_word += 1;
                let word = self.next_word;
                if self.servers[who].seen().is_some_and(|seen| seen.leads) {
                    self.deliver(who, |server| server.propose(word));
                }
            }
            Act::Beat => self.beat(),
            Act::Cut(a, b) => {
                self.cut[a] |= 1 << b;
                self.cut[b] |= 1 << a;
            }
            Act::CutOneWay(from, to) => self.cut[from] |= 1 << to,
            Act::Partition(side) => {
                for (from, cut) in self.cut.iter_mut().enumerate() {
                    *cut |= if side >> from & 1 == 1 { !side } else { side };
                }
            }
            Act::Heal => self.cut.fill(0),
            Act::Crash(who) => self.servers[who].crash(),
            Act::Restart(who) => self.servers[who].restart(),
        }
        self.beat();
        self.beat();
    }

    /// Every leader sends heartbeats.
    fn beat(&mut self) {
        for who in 0..self.servers.len() {
            if self.servers[who].seen().is_some_and(|seen| seen.leads) {
                self.deliver(who, S::beat);
            }
        }
    }

    /// One server does something; what comes of it is delivered in order, until nothing is under way.
    fn deliver(&mut self, who: usize, first: impl FnOnce(&mut S) -> Mail<S::Message>) {
        let mut under_way: VecDeque<(usize, usize, S::Message)> = VecDeque::new();
        let post = |from: usize, mut mail: Mail<S::Message>, under_way: &mut VecDeque<_>| {
            // The crate goes through its followers in the order of a hash map.
            mail.sort_by_key(|(to, _)| *to);
            under_way.extend(mail.into_iter().map(|(to, message)| (from, to, message)));
        };
        post(who, first(&mut self.servers[who]), &mut under_way);
        while let Some((from, to, message)) = under_way.pop_front() {
            if self.cut[from] >> to & 1 == 0 {
                let mail = self.servers[to].receive(from, message);
                post(to, mail, &mut under_way);
            }
        }
    }

    fn seen(&self) -> Vec<Option<Seen>> {
        self.servers.iter().map(S::seen).collect()
    }
}

/// Where the two part, if they do: after which act, and what is seen of each.
fn part(servers: usize, pre_vote: bool, script: &[Act]) -> Option<String> {
    let (mut ours, mut theirs) = (Ensemble::<Ours>::new(servers, pre_vote), Ensemble::<Theirs>::new(servers, pre_vote));
    for (number, act) in script.iter().enumerate() {
        ours.act(*act);
        theirs.act(*act);
        let (us, them) = (ours.seen(), theirs.seen());
        if let Some(who) = (0..servers).find(|who| us[*who] != them[*who]) {
            let (us, them) = (&us[who], &them[who]);
            return Some(format!("after act {number}, {act:?}, server {who}\n  ours   {us:?}\n  theirs {them:?}"));
        }
    }
    None
}

fn script(seed: u64) -> (usize, bool, Vec<Act>) {
    let mut dice = Dice::keyed(seed, Domain::Schedule, 0, 0);
    let servers = [3, 5, 4, 2, 1][[0, 0, 0, 0, 1, 1, 1, 2, 3, 4][dice.below(10) as usize]];
    let pre_vote = dice.below(2) == 0;
    let acts = 10 + dice.below(50);
    let script = (0..acts)
        .map(|_| {
            let (a, b) = (dice.below(servers as u64) as usize, dice.below(servers as u64) as usize);
            match dice.below(20) {
                0..=4 => Act::Campaign(a),
                5..=10 => Act::Propose(a),
                11 => Act::Beat,
                12 if a != b => Act::Cut(a, b),
                13 if a != b => Act::CutOneWay(a, b),
                14 => Act::Partition(dice.below(1 << servers) as u32),
                15 | 16 => Act::Heal,
                17 => Act::Crash(a),
                18 | 19 => Act::Restart(a),
                _ => Act::Propose(b),
            }
        })
        .collect();
    (servers, pre_vote, script)
}

/// Leaves out whatever is not needed for the two to part.
fn shrink(servers: usize, pre_vote: bool, mut script: Vec<Act>) -> Vec<Act> {
    let mut at = 0;
    while at < script.len() {
        let mut shorter = script.clone();
        shorter.remove(at);
        if part(servers, pre_vote, &shorter).is_some() {
            script = shorter;
            at = 0;
        } else {
            at += 1;
        }
    }
    script
}

#[test]
fn ours_and_theirs_do_the_same() {
    let seeds = often::seeds(3_000);
    let alone = seeds.end - seeds.start == 1;
    let mut committed = 0;
    for seed in seeds {
        let (servers, pre_vote, acts) = script(seed);
        if part(servers, pre_vote, &acts).is_some() {
            let acts = shrink(servers, pre_vote, acts);
            let how = part(servers, pre_vote, &acts).unwrap_or_default();
            panic!(
                "seed {seed}: {servers} servers, pre-vote {pre_vote}, these acts are enough:\n  {acts:?}\n{how}\n\
                 replay: HALAB_SEED={seed} cargo test --profile checked --test raft_beside"
            );
        }
        if seed < 100 {
            let mut ours = Ensemble::<Ours>::new(servers, pre_vote);
            for act in &acts {
                ours.act(*act);
            }
            committed += ours.seen().iter().flatten().map(|seen| seen.commit).max().unwrap_or(0);
        }
    }
    assert!(alone || committed > 300, "the scripts do something: {committed} entries in a hundred of them");
}

/// Figure 3.7, in both: what a majority has is not committed by counting.
#[test]
fn both_fall_into_no_commit_trap() {
    let script = [
        Act::Campaign(0),
        Act::Partition(0b00011),
        Act::Propose(0),
        Act::Crash(0),
        Act::Heal,
        Act::Partition(0b11100),
        Act::Campaign(4),
        Act::Propose(4),
        Act::Crash(4),
        Act::Restart(0),
        Act::Heal,
        Act::Campaign(0),
        Act::Campaign(0),
        Act::Restart(4),
    ];
    for pre_vote in [false, true] {
        assert_eq!(part(5, pre_vote, &script), None);
    }
}
