/**
 * Where a moment that is moved by hand may start: on a bar, with Shift on a beat, with Alt anywhere.
 *
 * A track without a regular pulse has no bars: there it may start anywhere.
 */
export type Grain = 'bar' | 'beat' | 'free';

export interface Beats {
  beatsMs: readonly number[];
  downbeatsMs: readonly number[];
}

/** An arrow key moves a free moment so far. */
const FREE_STEP_MS = 100;

/** @param chosen without a key held down */
export function grainOf({ shiftKey, altKey }: { shiftKey: boolean; altKey: boolean }, chosen: Grain): Grain {
  if (altKey) return 'free';
  return shiftKey ? 'beat' : chosen;
}

/** The allowed start nearest to a time. @param lastMs the latest start that there is */
export function snapTo(ms: number, grain: Grain, beats: Beats, lastMs: number): number {
  const within = Math.max(0, Math.min(lastMs, Math.round(ms)));
  const places = placesOf(grain, beats, lastMs);
  if (places.length === 0) return within;
  return places.reduce((best, place) => (Math.abs(place - within) < Math.abs(best - within) ? place : best));
}

/** The next allowed start that way. @param way 1 later, -1 earlier */
export function step(ms: number, way: 1 | -1, grain: Grain, beats: Beats, lastMs: number): number {
  const places = placesOf(grain, beats, lastMs);
  if (places.length === 0) return Math.max(0, Math.min(lastMs, ms + way * FREE_STEP_MS));
  const next = way > 0 ? places.find((place) => place > ms) : places.findLast((place) => place < ms);
  return next ?? ms;
}

function placesOf(grain: Grain, { beatsMs, downbeatsMs }: Beats, lastMs: number): readonly number[] {
  if (grain === 'free') return [];
  return (grain === 'bar' ? downbeatsMs : beatsMs).filter((ms) => ms <= lastMs);
}
