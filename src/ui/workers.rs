//! A crew of Web Workers, one for each core, that do a task job by job.
//!
//! 1. [`Crew::start`] starts them. Their program is fetched now, if it has not been before: the first visit does without.
//! 2. Each says that it is ready, and is given a job; for each answer it is given the next. They know nothing of each other.
//! 3. The [`Course`] puts the answers together in the order of the jobs, so that nobody sees who was first.
//! 4. A crew that is dropped is gone, in the middle of whatever it does. That is how one cancels.
//!
//! What they say comes as messages of the page, with the number of their crew: what a crew that was dropped still says is
//! not heard.

use std::cell::Cell;

use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use super::browser;
use crate::study::{Course, Task, Untaken, Word};

/// Most workers of a crew; on larger machines somebody else wants to work, too.
const MOST: u64 = 8;

/// What a worker has said, as a message of the page.
#[derive(Clone, Debug)]
pub struct Told {
    crew: u32,
    hand: usize,
    /// None: its program did not start.
    word: Option<Word>,
}

/// Why a crew has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Their program did not arrive, or does not run here.
    NotStarted,
    /// A defect.
    Broke(String),
    /// It cannot be done.
    Refused(String),
}

/// What has become of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing new.
    Nothing,
    /// More has been answered.
    Further,
    /// Everything is done.
    Over,
    /// It does not go on.
    Stuck(Trouble),
}

struct Hand {
    worker: Worker,
    job: Option<u64>,
    // They live as long as the worker may call them.
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut(Event)>,
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Workers and what they do.
pub struct Crew {
    number: u32,
    course: Course,
    hands: Vec<Hand>,
}

thread_local! {
    static CREWS: Cell<u32> = const { Cell::new(0) };
}

impl Crew {
    /// Starts as many workers as there are cores, or jobs.
    ///
    /// # Errors
    ///
    /// The browser has no workers, or the page does not say where their program is.
    #[inline(never)]
    pub fn start(task: Task, ask: &Callback<Told>) -> Result<Self, Trouble> {
        let course = Course::new(task);
        let number = CREWS.with(|crews| crews.replace(crews.get().wrapping_add(1)));
        let cores = browser::window().navigator().hardware_concurrency().max(1.0) as u64;
        let count = cores.min(MOST).min(course.jobs()).max(1) as usize;
        let url = program().ok_or(Trouble::NotStarted)?;
        let hands: Result<Vec<_>, _> = (0..count).map(|hand| Hand::start(&url, number, hand, ask)).collect();
        let hands = hands.map_err(|_| Trouble::NotStarted)?;
        Ok(Self { number, course, hands })
    }

    /// What it does.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Hears one of them.
    #[inline(never)]
    pub fn hear(&mut self, told: Told) -> Turn {
        if told.crew != self.number {
            return Turn::Nothing;
        }
        let Some(hand) = self.hands.get_mut(told.hand) else { return Turn::Nothing };
        let answer = match told.word {
            None => return Turn::Stuck(Trouble::NotStarted),
            Some(Word::Broken(why)) => return Turn::Stuck(Trouble::Broke(why)),
            Some(Word::Ready) => None,
            Some(Word::Answer(answer)) => hand.job.take().map(|job| (job, answer)),
        };
        let mut turn = Turn::Nothing;
        if let Some((job, answer)) = answer {
            turn = Turn::Further;
            match self.course.take(job, answer) {
                Ok(()) => {}
                Err(Untaken::Refused(why)) => return Turn::Stuck(Trouble::Refused(why)),
                Err(Untaken::Other) => return Turn::Stuck(Trouble::Broke(Untaken::Other.to_string())),
            }
        }
        if let Some((number, job)) = self.course.hand_out() {
            hand.job = Some(number);
            if hand.worker.post_message(&JsValue::from_str(&job.to_json())).is_err() {
                return Turn::Stuck(Trouble::NotStarted);
            }
        }
        if self.course.is_over() { Turn::Over } else { turn }
    }
}

impl Hand {
    fn start(url: &str, crew: u32, hand: usize, ask: &Callback<Told>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(url, &options)?;
        let hears = ask.clone();
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let word = Word::read(&message.data().as_string().unwrap_or_default());
            hears.emit(Told { crew, hand, word: Some(word) });
        });
        let fails = ask.clone();
        let failed = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // What a worker breaks over it has said before; without a word, it did not start.
            event.prevent_default();
            fails.emit(Told { crew, hand, word: None });
        });
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Ok(Self { worker, job: None, _heard: heard, _failed: failed })
    }
}

/// Where their program is: beside the page, whatever folder that is in.
fn program() -> Option<String> {
    let meta = browser::document().query_selector("meta[name='ha-lab-worker']").ok()??;
    let name = meta.get_attribute("content")?;
    let base = browser::document().base_uri().ok()??;
    let folder = base.split(['?', '#']).next()?.rsplit_once('/')?.0.to_owned();
    Some(format!("{folder}/{name}"))
}
