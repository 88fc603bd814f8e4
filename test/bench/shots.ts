/** `npm run bench -- shots`: how many shot changes of composed clips are found, by kind of change, and how many are found that are none. */
import { shotChanges } from '../../index/clip/shot-changes.ts';
import { type ComposedClip, composeClip, FRAME_MS } from './shots/composed-shots.ts';

/** A change is found within this of where it is: a dissolve has no better place than its middle, give or take. */
const NEAR_MS = { cut: 60, dissolve: 300 };
const CLIPS = 24;
const SETS = { cuts: 0, dissolves: 1, mixed: 0.5 } as const;

/** @param everyMs between the frames that are given; all of them unless said */
export function scoreShots(clips: readonly ComposedClip[], everyMs = FRAME_MS) {
  let [right, found, wanted, ms] = [0, 0, 0, 0];
  for (const { frames, cutsMs, dissolvesMs } of clips) {
    const given: typeof frames = [];
    for (let atMs = 0; atMs <= frames.at(-1)!.timeMs; atMs += everyMs) given.push(frames[Math.floor(atMs / FRAME_MS)]);
    const before = process.cpuUsage();
    const seen = shotChanges(given);
    const { user, system } = process.cpuUsage(before);
    ms += (user + system) / 1000;
    const left = new Set([
      ...cutsMs.map((atMs) => ({ atMs, nearMs: NEAR_MS.cut })),
      ...dissolvesMs.map((atMs) => ({ atMs, nearMs: NEAR_MS.dissolve })),
    ]);
    wanted += left.size;
    found += seen.length;
    for (const atMs of seen) {
      const change = [...left].find((one) => Math.abs(one.atMs - atMs) <= one.nearMs);
      if (change && left.delete(change)) right++;
    }
  }
  const [precision, recall] = [right / found, right / wanted];
  return {
    precision,
    recall,
    f: (2 * precision * recall) / (precision + recall),
    wanted,
    msPerClip: ms / clips.length,
  };
}

export async function benchShots(): Promise<void> {
  for (const [name, dissolves] of Object.entries(SETS)) {
    const clips = Array.from({ length: CLIPS }, (_, i) => composeClip(`bench ${name} ${i}`, { shots: 12, dissolves }));
    for (const everyMs of [FRAME_MS, 100]) {
      const { precision, recall, f, wanted, msPerClip } = scoreShots(clips, everyMs);
      console.log(
        `${name}, ${1000 / everyMs} frames a second: ${wanted} changes: F ${f.toFixed(3)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}; ${msPerClip.toFixed(0)} ms of CPU a clip of half a minute`,
      );
    }
  }
}
