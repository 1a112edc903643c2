// The queue of one attempt: saves and moves are sent one at a time, in order. Does not use the page or the network.
//
// A job is {position, values} for a save, {leave, values} for a question that was left while the next one was in memory,
// or {move} for a move that waits for the server. `save`, `leave` and `move` return RETRY if the server did not
// respond; the same job is sent again after `pause`. `active` returns whether the page still has the form.

export const DONE = "done";
export const RETRY = "retry";

export function createQueue({ save, leave, move, pause, active }) {
  const jobs = [];
  let working = false;

  async function work() {
    if (working) return;
    working = true;
    while (jobs.length && active()) {
      const [job] = jobs;
      const outcome = await (job.move ? move(job.move) : job.leave ? leave(job) : save(job));
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
    if (job.position) {
      // A later save joins a waiting one of the same question, unless the question was left in between. A move sends
      // the ticks itself.
      const waitingSave = waiting.findLast((other) => [other.position, other.leave].includes(job.position));
      if (waitingSave?.position) {
        waitingSave.values = { ...waitingSave.values, ...job.values };
        return;
      }
    }
    jobs.push(job);
    work();
  }

  const waitingMove = () => jobs.find((job) => job.move)?.move;
  const hasMove = () => Boolean(waitingMove());

  const isLeaving = (position) => jobs.some((job) => job.leave && (!position || job.leave === position));

  const isBusy = () => jobs.length > 0;

  function takeMove() {
    // Return the values of a move that waits behind other jobs, and drop it. The end of the time stays.
    const place = jobs.findIndex((job, i) => i > 0 && job.move && !job.move.finish);
    return place < 0 ? null : jobs.splice(place, 1)[0].move;
  }

  function dropWaitingMoves() {
    for (let i = jobs.length - 1; i > 0; i -= 1) if (jobs[i].move) jobs.splice(i, 1);
  }

  function clear() {
    jobs.length = 0;
  }

  return { enqueue, work, hasMove, waitingMove, takeMove, isLeaving, isBusy, dropWaitingMoves, clear };
}
