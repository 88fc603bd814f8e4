/** How long an answer takes in Node, on one thread, from tokens: a first look; the Worker is measured by `npm run bench -- edge`. */
import { groundInCatalogue } from '../../functions/ground.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { type Clip, DEFAULT_OPTIONS } from '../../functions/grounding/options.ts';

export interface Percentiles {
  p50: number;
  p95: number;
}
/** Milliseconds, of answers with one moment and with five. */
export interface Latency {
  one: Percentiles;
  five: Percentiles;
}

const CLIPS = 16;
const ROUNDS = 3;

/** @param ask answers one clip with k moments */
export async function measureLatency(
  clips: readonly Clip[],
  ask: (clip: Clip, k: number) => Promise<unknown>,
): Promise<Latency> {
  const asked = clips.slice(0, CLIPS);
  for (const clip of asked) await ask(clip, 1); // what is compiled and read at first
  const timed = async (k: number): Promise<Percentiles> => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      for (const clip of asked) {
        const start = performance.now();
        await ask(clip, k);
        times.push(performance.now() - start);
      }
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))];
    return { p50: at(0.5), p95: at(0.95) };
  };
  return { one: await timed(1), five: await timed(5) };
}

export const inNode = (index: OpenIndex) => (clip: Clip, k: number) =>
  groundInCatalogue(index, { clip, options: { ...DEFAULT_OPTIONS, k }, now: () => performance.now() });
