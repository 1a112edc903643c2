// The queue of one attempt: saves and moves leave one at a time, in order. No page and no network in here.
//
// A job is {position, values} for a save, or {move} for a move. `save` and `move` return RETRY when the server did
// not answer: then `pause` is awaited and the same job is sent again. `active` says whether there is still a form.

export const DONE = "done";
export const RETRY = "retry";

export function createQueue({ save, move, pause, active }) {
  const jobs = [];
  let working = false;

  async function work() {
    if (working) return;
    working = true;
    while (jobs.length && active()) {
      const [job] = jobs;
      const outcome = job.move ? await move(job.move) : await save(job);
      if (outcome === RETRY) await pause();
      else jobs.shift();
    }
    working = false;
  }

  function enqueue(job) {
    // The first job is under way while the queue works, and cannot change any more.
    const waiting = jobs.slice(working ? 1 : 0);
    // The question is being left already.
    if (job.move && !job.move.finish && hasMove()) return;
    if (!job.move) {
      // A later save of the same question replaces a waiting one; a move carries the ticks itself.
      const twin = waiting.find((other) => !other.move && other.position === job.position);
      if (twin) {
        twin.values = { ...twin.values, ...job.values };
        return;
      }
    }
    jobs.push(job);
    work();
  }

  const hasMove = () => jobs.some((job) => job.move);

  function dropWaitingMoves() {
    for (let i = jobs.length - 1; i > 0; i -= 1) if (jobs[i].move) jobs.splice(i, 1);
  }

  function clear() {
    jobs.length = 0;
  }

  return { enqueue, work, hasMove, dropWaitingMoves, clear };
}
