/** How long the stages of an answer took, and the place where an answer is given up when its client has gone. */

export const STAGES = ['enhance', 'search', 'load', 'relevance', 'moment', 'place'] as const;
export type Stage = (typeof STAGES)[number];
/** Milliseconds; a stage that did not run is missing. */
export type StageTimes = Partial<Record<Stage, number>>;
/** Milliseconds from any fixed point. May be asynchronous: a Worker's clock stands still until it has done I/O. */
export type Clock = () => number | Promise<number>;

export interface Stopwatch {
  times: StageTimes;
  /** Ends a stage, which began where the one before it ended. @throws the signal's reason, when it was aborted */
  lap(stage: Stage): Promise<void>;
}

/** @param signal of who waits for the answer */
export async function startStopwatch(now: Clock, signal?: AbortSignal): Promise<Stopwatch> {
  const times: StageTimes = {};
  let last = await now();
  async function lap(stage: Stage): Promise<void> {
    const time = await now();
    times[stage] = (times[stage] ?? 0) + time - last;
    last = time;
    signal?.throwIfAborted();
  }
  return { times, lap };
}
