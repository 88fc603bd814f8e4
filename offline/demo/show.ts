/** The Worker's answers as lines for the reader: beside what is right where that is known, else as a list. */
import { intersectionOverUnion } from '../../index/moment/moment.ts';
import type { EncodedTrack } from '../encode/library.ts';
import type { Answer } from '../local-worker/ask.ts';
import type { ClipPlan } from '../worlds/composed/world.ts';
import type { Asked } from './questions.ts';

/** The first moment of the answer, the planted one, and how far they agree: a line each below the clip's name. */
export function besideTruth({ moments }: Answer, clip: ClipPlan, right: EncodedTrack): string[] {
  const [first] = moments;
  const inRight = moments.find(({ track }) => track.id === right.id);
  const overlap = inRight
    ? intersectionOverUnion({ startSec: inRight.startMs / 1000, endSec: inRight.endMs / 1000 }, clip).toFixed(2)
    : '';
  const verdict = () => {
    if (first.track.id === right.id) return `overlap ${overlap}`;
    if (!inRight) return `another track; the right one is not among the first ${moments.length}`;
    return `another track; the right one is number ${inRight.rank}, overlap there ${overlap}`;
  };
  const truth = { startMs: clip.startSec * 1000, endMs: clip.endSec * 1000 };
  return [
    `  ${clip.id} (${clip.durationSec.toFixed(1)} s): ${verdict()}`,
    `    answered  ${passage(first)}  ${first.track.title}`,
    `    right     ${passage(truth)}  ${right.title}`,
  ];
}

/** All moments of the answer, a line each. */
export function asList({ moments }: Answer, { name, frames, durationSec }: Asked): string[] {
  return [
    `The Worker's answer for ${name} (${durationSec.toFixed(1)} s, ${frames.length} frames)`,
    ...moments.map(
      ({ rank, track, relevance, ...moment }) =>
        `  ${rank}. ${passage(moment)}  relevance ${relevance.toFixed(3)}  ${track.title}`,
    ),
  ];
}

/** How long the parts of an answer took. @param timing its Server-Timing */
export function timingLine(timing: string, elapsedMs: number): string {
  const stages = timing.replaceAll(';dur=', ' ').replaceAll(',', ' ms,');
  return `  ${stages} ms; ${elapsedMs.toFixed(0)} ms over HTTP`;
}

const passage = ({ startMs, endMs }: { startMs: number; endMs: number }): string =>
  `${clock(startMs)} – ${clock(endMs)}`;

function clock(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${minutes}:${((ms - minutes * 60_000) / 1000).toFixed(1).padStart(4, '0')}`;
}
