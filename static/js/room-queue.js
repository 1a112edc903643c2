// The queue of one attempt: saves and moves are sent one at a time, in order. Does not use the page or the network.
//
// A job is {position, values} for a save, or {move} for a move. `save` and `move` return RETRY if the server did not
// respond; the same job is sent again after `pause`. `active` returns whether the page still has the form.

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
    // While the queue works, the first job is being sent and must not change.
    const waiting = jobs.slice(working ? 1 : 0);
    // A move is already in the queue.
    if (job.move && !job.move.finish && hasMove()) return;
    if (!job.move) {
      // A later save joins a waiting one of the same question. A move sends the ticks itself.
      const waitingSave = waiting.find((other) => !other.move && other.position === job.position);
      if (waitingSave) {
        waitingSave.values = { ...waitingSave.values, ...job.values };
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
