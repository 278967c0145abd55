//! Signals, memos and effects as Leptos has them, with the types of what they hold left behind.
//!
//! Invariant: Leptos sees values of one type, [`Held`], and closures of one type each. It compiles its machinery anew for every type that
//! it sees, and there were a hundred; what is compiled here for each of them is a cast and a call (audits/decisions/0046).
//!
//! Names, tracking and lifetimes are Leptos' own, because its signals and memos do the work: a handle is `Copy`, what it holds goes with
//! the [`Owner`](leptos::prelude::Owner) under which it was made, to read it after that is a fault (it panics), to write it is none
//! (nothing happens). As there, a value must not be changed by who is just looking at it.

use leptos::{
    __reexports::send_wrapper::SendWrapper,
    prelude::{self as library, Get as _, GetUntracked as _, GetValue as _, UntrackableGuard, Write as _, WriteValue as _},
};
use std::{any::Any, marker::PhantomData, ops::DerefMut, rc::Rc};

/// Any value. Leptos wants what may go to other threads; this does not, and would panic there.
type Held = SendWrapper<Rc<dyn Any>>;

fn hold<T: 'static>(value: T) -> Held {
    SendWrapper::new(Rc::new(value))
}

/// The value, of the type that it was made with.
fn seen<T: 'static>(held: &Rc<dyn Any>) -> &T {
    let Some(value) = held.downcast_ref() else { misused() };
    value
}

/// The same, to be changed.
fn opened<T: 'static>(held: &mut Rc<dyn Any>) -> &mut T {
    let Some(value) = Rc::get_mut(held).and_then(<dyn Any>::downcast_mut) else { misused() };
    value
}

#[cold]
#[inline(never)]
fn misused() -> ! {
    panic!("a value is changed while it is looked at")
}

#[inline(never)]
fn present(held: Option<Rc<dyn Any>>) -> Rc<dyn Any> {
    held.expect("a value is read whose owner is gone")
}

/// What can be read.
pub(crate) trait Read: Sized {
    /// The type of what it holds.
    type Value: 'static;

    /// What it holds, or nothing if its owner is gone. If `tracked`, the effect or memo that runs now will run again when it changes.
    fn held(&self, tracked: bool) -> Option<Rc<dyn Any>>;

    /// Tells the effect or memo that runs now of every change from here on.
    fn track(&self) {
        drop(self.held(true));
    }

    /// Looks at the value, tracked.
    fn with<U>(&self, look: impl FnOnce(&Self::Value) -> U) -> U {
        look(seen(&present(self.held(true))))
    }

    /// Looks at the value, untracked.
    fn with_untracked<U>(&self, look: impl FnOnce(&Self::Value) -> U) -> U {
        look(seen(&present(self.held(false))))
    }

    /// A copy of the value, tracked.
    fn get(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.with(Clone::clone)
    }

    /// A copy of the value, untracked.
    fn get_untracked(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.with_untracked(Clone::clone)
    }

    /// The same, or nothing if the owner is gone.
    fn try_get_untracked(&self) -> Option<Self::Value>
    where
        Self::Value: Clone,
    {
        self.held(false).map(|held| seen::<Self::Value>(&held).clone())
    }
}

/// A value that tells who has looked at it when it changes.
pub(crate) struct RwSignal<T> {
    inner: library::RwSignal<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Copy for RwSignal<T> {}
impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> Read for RwSignal<T> {
    type Value = T;

    fn held(&self, tracked: bool) -> Option<Rc<dyn Any>> {
        fn held(signal: library::RwSignal<Held>, tracked: bool) -> Option<Rc<dyn Any>> {
            let held = if tracked { signal.try_get() } else { signal.try_get_untracked() };
            held.map(SendWrapper::take)
        }
        held(self.inner, tracked)
    }
}

impl<T: 'static> RwSignal<T> {
    /// One that begins with `value`.
    pub(crate) fn new(value: T) -> Self {
        Self { inner: library::RwSignal::new(hold(value)), of: PhantomData }
    }

    /// Another value in place of the one before.
    pub(crate) fn set(&self, value: T) {
        fn set(signal: library::RwSignal<Held>, value: Held) {
            if let Some(mut guard) = guard(&signal) {
                let before = std::mem::replace(&mut *guard, value);
                drop(guard);
                drop(before);
            }
        }
        set(self.inner, hold(value));
    }

    /// Changes the value.
    pub(crate) fn update(&self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// The same, with what `change` yields; nothing if the owner is gone.
    pub(crate) fn try_update<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let mut guard = guard(&self.inner)?;
        Some(change(opened(&mut guard)))
    }

    /// The same, and nobody is told.
    pub(crate) fn try_update_untracked<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let mut guard = guard(&self.inner)?;
        guard.untrack();
        Some(change(opened(&mut guard)))
    }

    /// Changes the value; who looked at it is told only if `change` says that it did.
    pub(crate) fn maybe_update(&self, change: impl FnOnce(&mut T) -> bool) {
        if let Some(mut guard) = guard(&self.inner)
            && !change(opened(&mut guard))
        {
            guard.untrack();
        }
    }
}

/// Who looked at the signal is told when the guard is dropped.
fn guard(signal: &library::RwSignal<Held>) -> Option<impl UntrackableGuard<Target = Held>> {
    signal.try_write()
}

/// A signal that lives as long as somebody holds it, whatever becomes of the owner.
pub(crate) struct ArcRwSignal<T> {
    inner: library::ArcRwSignal<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), of: PhantomData }
    }
}

impl<T: 'static> ArcRwSignal<T> {
    /// One that begins with `value`.
    pub(crate) fn new(value: T) -> Self {
        Self { inner: library::ArcRwSignal::new(hold(value)), of: PhantomData }
    }
}

impl<T: 'static> Read for ArcRwSignal<T> {
    type Value = T;

    fn held(&self, tracked: bool) -> Option<Rc<dyn Any>> {
        let held = if tracked { self.inner.try_get() } else { self.inner.try_get_untracked() };
        held.map(SendWrapper::take)
    }
}

impl<T> From<ArcRwSignal<T>> for RwSignal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self { inner: signal.inner.into(), of: PhantomData }
    }
}

/// A value worked out from others, once for each change of them. Who looked at it is told only when it is another.
pub(crate) struct Memo<T> {
    inner: library::Memo<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Copy for Memo<T> {}
impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: PartialEq + 'static> Memo<T> {
    /// One that `work_out` works out, when it is first looked at and then when what it looks at has changed.
    pub(crate) fn new(work_out: impl Fn() -> T + Send + Sync + 'static) -> Self {
        fn next<T: PartialEq + 'static>(before: Option<Held>, now: T) -> (Held, bool) {
            let changed = before.is_none_or(|before| *seen::<T>(&before) != now);
            (hold(now), changed)
        }
        type Step = Box<dyn Fn(Option<Held>) -> (Held, bool) + Send + Sync>;
        let step: Step = Box::new(move |before| next(before, work_out()));
        Self { inner: library::Memo::new_owning(step), of: PhantomData }
    }
}

impl<T: 'static> Read for Memo<T> {
    type Value = T;

    fn held(&self, tracked: bool) -> Option<Rc<dyn Any>> {
        fn held(memo: library::Memo<Held>, tracked: bool) -> Option<Rc<dyn Any>> {
            let held = if tracked { memo.try_get() } else { memo.try_get_untracked() };
            held.map(SendWrapper::take)
        }
        held(self.inner, tracked)
    }
}

/// A value worked out anew whenever somebody looks: whatever can be read, as one type.
pub(crate) struct Signal<T>(StoredValue<Rc<dyn Fn() -> T>>);

impl<T> Copy for Signal<T> {}
impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> Signal<T> {
    /// One that `work_out` works out.
    pub(crate) fn derive(work_out: impl Fn() -> T + 'static) -> Self {
        Self(StoredValue::new(Rc::new(work_out)))
    }

    /// The value, tracked.
    pub(crate) fn get(&self) -> T {
        (self.0.get_value())()
    }

    /// The value, untracked.
    pub(crate) fn get_untracked(&self) -> T {
        library::untrack(|| self.get())
    }
}

impl<T: Clone + 'static> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::derive(move || signal.get())
    }
}

impl<T: Clone + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::derive(move || memo.get())
    }
}

/// A value that tells nobody when it changes, kept as long as the owner.
pub(crate) struct StoredValue<T> {
    inner: library::StoredValue<Held>,
    of: PhantomData<fn() -> T>,
}

impl<T> Copy for StoredValue<T> {}
impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> StoredValue<T> {
    /// Keeps `value`.
    pub(crate) fn new(value: T) -> Self {
        Self { inner: library::StoredValue::new(hold(value)), of: PhantomData }
    }

    /// Another value in place of the one before.
    pub(crate) fn set_value(&self, value: T) {
        fn set(stored: library::StoredValue<Held>, value: Held) {
            if let Some(mut place) = place(&stored) {
                let before = std::mem::replace(&mut *place, value);
                drop(place);
                drop(before);
            }
        }
        set(self.inner, hold(value));
    }

    /// Looks at the value.
    pub(crate) fn with_value<U>(&self, look: impl FnOnce(&T) -> U) -> U {
        look(seen(&present(self.held())))
    }

    /// The same, or nothing if the owner is gone.
    pub(crate) fn try_with_value<U>(&self, look: impl FnOnce(&T) -> U) -> Option<U> {
        self.held().map(|held| look(seen(&held)))
    }

    /// A copy of the value.
    pub(crate) fn get_value(&self) -> T
    where
        T: Clone,
    {
        self.with_value(Clone::clone)
    }

    /// The same, or nothing if the owner is gone.
    pub(crate) fn try_get_value(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_value(Clone::clone)
    }

    /// Changes the value.
    pub(crate) fn update_value(&self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }

    /// The same, with what `change` yields; nothing if the owner is gone.
    pub(crate) fn try_update_value<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let mut place = place(&self.inner)?;
        Some(change(opened(&mut place)))
    }

    fn held(&self) -> Option<Rc<dyn Any>> {
        fn held(stored: library::StoredValue<Held>) -> Option<Rc<dyn Any>> {
            stored.try_get_value().map(SendWrapper::take)
        }
        held(self.inner)
    }
}

fn place(stored: &library::StoredValue<Held>) -> Option<impl DerefMut<Target = Held>> {
    stored.try_write_value()
}

/// What is done for its effect: soon, and again after each change of what it looks at, as long as the owner is there.
pub(crate) struct Effect;

impl Effect {
    /// Begins `act`.
    pub(crate) fn new(act: impl FnMut() + 'static) -> Self {
        let act: Box<dyn FnMut()> = Box::new(act);
        library::Effect::new(act);
        Self
    }
}

/// Runs `end` when the owner goes, or before the effect that runs now runs again.
pub(crate) fn on_cleanup(end: impl FnOnce() + Send + Sync + 'static) {
    let end: Box<dyn FnOnce() + Send + Sync> = Box::new(end);
    library::on_cleanup(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
    use library::{Owner, untrack};
    use std::{
        cell::RefCell,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        task::{Context, Wake},
    };

    thread_local! {
        static TASKS: RefCell<Vec<PinnedLocalFuture<()>>> = RefCell::default();
    }

    /// In place of the browser's own: tasks wait for [`settle`].
    struct Tasks;

    impl CustomExecutor for Tasks {
        fn spawn(&self, task: PinnedFuture<()>) {
            self.spawn_local(task);
        }
        fn spawn_local(&self, task: PinnedLocalFuture<()>) {
            TASKS.with_borrow_mut(|tasks| tasks.push(task));
        }
        fn poll_local(&self) {}
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Lets all effects run until none has anything more to do.
    fn settle() {
        let woken = Arc::new(Woken::default());
        let waker = woken.clone().into();
        loop {
            let mut tasks = TASKS.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            let fresh = TASKS.replace(tasks);
            let (again, more) = (woken.0.swap(false, Ordering::Relaxed), !fresh.is_empty());
            TASKS.with_borrow_mut(|tasks| tasks.extend(fresh));
            if !again && !more {
                return;
            }
        }
    }

    /// Under an owner of its own, which is handed back.
    fn under<T>(made: impl FnOnce() -> T) -> (Owner, T) {
        let _ = Executor::init_custom_executor(Tasks);
        let owner = Owner::new();
        let made = owner.with(made);
        (owner, made)
    }

    /// An effect, and what it has seen.
    fn seen_by<T: 'static>(look: impl Fn() -> T + 'static) -> Rc<RefCell<Vec<T>>> {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let into = seen.clone();
        Effect::new(move || {
            let value = look();
            into.borrow_mut().push(value);
        });
        seen
    }

    #[test]
    fn an_effect_sees_each_settled_value_once() {
        let (_owner, (signal, seen)) = under(|| {
            let signal = RwSignal::new("a".to_owned());
            (signal, seen_by(move || signal.get()))
        });
        assert!(seen.borrow().is_empty(), "an effect runs after what runs now");
        settle();
        signal.set("b".to_owned());
        signal.update(|text| text.push('c'));
        settle();
        settle();
        assert_eq!(*seen.borrow(), ["a", "bc"]);
    }

    #[test]
    fn a_memo_is_worked_out_once_and_tells_only_of_another_value() {
        let (_owner, (signal, counted, seen)) = under(|| {
            let (signal, counted) = (RwSignal::new(1), RwSignal::new(0));
            let even = Memo::new(move || {
                counted.update(|times| *times += 1);
                signal.get() % 2 == 0
            });
            (signal, counted, seen_by(move || (even.get(), even.with(|even| *even))))
        });
        settle();
        for value in [3, 5, 6, 8] {
            signal.set(value);
            settle();
        }
        assert_eq!(*seen.borrow(), [(false, false), (true, true)]);
        assert_eq!(counted.get_untracked(), 5);
    }

    #[test]
    fn nobody_sees_one_half_of_a_change() {
        let (_owner, (signal, seen)) = under(|| {
            let signal = RwSignal::new(1);
            let double = Memo::new(move || signal.get() * 2);
            let both = Memo::new(move || (signal.get(), double.get()));
            (signal, seen_by(move || (both.get(), double.get(), signal.get())))
        });
        settle();
        signal.set(2);
        settle();
        assert_eq!(*seen.borrow(), [((1, 2), 2, 1), ((2, 4), 4, 2)]);
    }

    #[test]
    fn what_is_looked_at_in_passing_calls_nobody_back() {
        let (_owner, (signal, seen)) = under(|| {
            let signal = RwSignal::new(1);
            let memo = Memo::new(move || signal.get());
            let derived = Signal::from(memo);
            let look = move || {
                let looked = signal.get_untracked() + memo.with_untracked(|value| *value) + derived.get_untracked();
                looked + untrack(|| signal.get()) + signal.try_get_untracked().unwrap_or_default()
            };
            (signal, seen_by(look))
        });
        settle();
        signal.set(2);
        settle();
        assert_eq!(*seen.borrow(), [5]);
    }

    #[test]
    fn what_changes_nothing_calls_nobody_back() {
        let (_owner, (signal, seen)) = under(|| {
            let signal = RwSignal::new(1);
            (signal, seen_by(move || signal.get()))
        });
        settle();
        signal.maybe_update(|_| false);
        assert_eq!(signal.try_update_untracked(|value| std::mem::replace(value, 2)), Some(1));
        settle();
        assert_eq!(*seen.borrow(), [1]);
        signal.maybe_update(|value| std::mem::replace(value, 3) == 2);
        settle();
        assert_eq!(*seen.borrow(), [1, 3]);
    }

    #[test]
    fn an_effect_clears_up_before_it_runs_again_and_at_its_end() {
        let ended = Arc::new(AtomicBool::new(false));
        let end = ended.clone();
        let (owner, signal) = under(|| {
            let signal = RwSignal::new(());
            Effect::new(move || {
                signal.track();
                let end = end.clone();
                on_cleanup(move || end.store(true, Ordering::Relaxed));
            });
            signal
        });
        settle();
        assert!(!ended.swap(false, Ordering::Relaxed));
        signal.set(());
        settle();
        assert!(ended.swap(false, Ordering::Relaxed));
        owner.cleanup();
        settle();
        assert!(ended.load(Ordering::Relaxed));
    }

    #[test]
    fn what_rows_come_and_go_with_is_freed() {
        let token = Rc::new(());
        // A token for threads, for closures that Leptos may send.
        let sent = Arc::new(());
        let (owner, all) = under(|| RwSignal::new(0));
        for row in 0..1_000 {
            let row_owner = owner.with(Owner::new);
            row_owner.with(|| {
                let (signal, stored) = (RwSignal::new(token.clone()), StoredValue::new(token.clone()));
                let (in_memo, in_effect, in_derived) = (sent.clone(), token.clone(), token.clone());
                let memo = Memo::new(move || (Arc::strong_count(&in_memo), all.get(), signal.get()));
                let derived = Signal::derive(move || Rc::strong_count(&in_derived));
                let counted = ArcRwSignal::new(token.clone());
                let again = RwSignal::from(counted.clone());
                Effect::new(move || {
                    memo.track();
                    stored.set_value(counted.get_untracked());
                    again.set(in_effect.clone());
                    derived.get();
                });
            });
            all.set(row);
            settle();
            row_owner.cleanup();
        }
        settle();
        assert_eq!((Rc::strong_count(&token), Arc::strong_count(&sent)), (1, 1));
        TASKS.with_borrow(|tasks| assert!(tasks.is_empty(), "an effect runs on without its owner"));
    }

    #[test]
    fn to_write_what_is_gone_is_no_fault() {
        let (owner, (signal, stored)) = under(|| (RwSignal::new(1), StoredValue::new(1)));
        owner.cleanup();
        signal.set(2);
        signal.update(|_| unreachable!());
        stored.set_value(2);
        stored.update_value(|_| unreachable!());
        assert_eq!((signal.try_update(|_| ()), signal.try_get_untracked(), stored.try_get_value()), (None, None, None));
    }

    #[test]
    #[should_panic(expected = "whose owner is gone")]
    fn to_read_what_is_gone_is_a_fault() {
        let (owner, signal) = under(|| RwSignal::new(1));
        owner.cleanup();
        signal.get();
    }

    #[test]
    #[should_panic(expected = "while it is looked at")]
    fn what_is_looked_at_is_not_changed() {
        let (_owner, signal) = under(|| RwSignal::new(1));
        signal.with(|_| signal.update(|value| *value += 1));
    }
}
