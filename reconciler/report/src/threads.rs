//! Many independent pieces of work on several threads.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// What `work` makes of each item, in their order: on so many threads, this one among them. Each thread has a place of its own
/// to work at, whose memory is used again.
pub(crate) fn of_each<I: Sync, P: Default, R: Send>(
    threads: usize,
    items: &[I],
    work: impl Fn(&mut P, &I) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let (mut place, mut done) = (P::default(), Vec::new());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(&mut place, item)));
        }
    };
    let mut all = thread::scope(|scope| {
        let workers: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(worker)).collect();
        let mut all = worker();
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done),
                // A panic is a defect, and stays the panic that it is.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_what_they_are_made_of() {
        let items: Vec<u64> = (0..1_000).collect();
        for threads in [0, 1, 2, 5, 2_000] {
            let squares = of_each(threads, &items, |(): &mut (), item| item * item);
            assert!(squares.iter().eq(&items.iter().map(|item| item * item).collect::<Vec<_>>()));
            assert!(of_each(threads, &[], |(): &mut (), item: &u64| *item).is_empty());
        }
    }
}
