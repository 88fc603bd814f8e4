/** How long the stages of an answer took, and the place where an answer is given up when its client has gone. */

/** In the order in which they run. A search that is widened runs search, load and relevance again; their times add up. */
export const STAGES = ['enhance', 'search', 'load', 'relevance', 'moment', 'place'] as const;
/** One of STAGES: a key of StageTimes. */
export type Stage = (typeof STAGES)[number];
/** Milliseconds; a stage that did not run is missing. */
export type StageTimes = Partial<Record<Stage, number>>;
/** Milliseconds from any fixed point. May be asynchronous: a Worker's clock stands still until it has done I/O. */
export type Clock = () => number | Promise<number>;

/** Times the stages of one answer. `times` grows with every lap. */
export interface Stopwatch {
  times: StageTimes;
  /** Ends a stage, which began where the one before it ended. @throws the signal's reason, when it was aborted */
  lap(stage: Stage): Promise<void>;
}

/** The first stage begins now. @param signal aborted when the client has gone; the next lap throws its reason */
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
