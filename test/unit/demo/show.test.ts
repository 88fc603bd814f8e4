import { expect, test } from 'vitest';
import { asList, besideTruth, timingLine } from '../../../offline/demo/show.ts';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import type { Answer } from '../../../offline/local-worker/ask.ts';
import type { ClipPlan } from '../../../offline/worlds/composed/world.ts';

const clip = { id: 'clip-007', startSec: 30, endSec: 40, durationSec: 10 } as ClipPlan;
const asked = { name: 'holiday.mp4', durationSec: 10, frames: [new Uint8Array()], folder: '.' };
const right = { id: 'right', title: 'Amber River (rock)' } as EncodedTrack;

function answerOf(...found: [id: string, startMs: number][]): Answer {
  const moments = found.map(([id, startMs], i) => {
    const span = { startMs, endMs: startMs + 10_000 };
    const track = { id, title: id === 'right' ? right.title : `Title of ${id}`, durationMs: 90_000 };
    return { rank: i + 1, track, ...span, predicted: span, relevance: 1 - i / 4 };
  });
  return { indexVersion: '', modelVersion: '', moments };
}

test('an answer stands beside the right passage, with their overlap', () => {
  expect(besideTruth(answerOf(['right', 32_500], ['other', 0]), clip, right)).toEqual([
    '  clip-007 (10.0 s): overlap 0.60', // 7.5 s of 12.5 s
    '    answered  0:32.5 – 0:42.5  Amber River (rock)',
    '    right     0:30.0 – 0:40.0  Amber River (rock)',
  ]);
});

test('another track is said to be one, and where the right one stands', () => {
  const [second, answered] = besideTruth(answerOf(['other', 61_000], ['right', 30_000]), clip, right);
  expect(second).toBe('  clip-007 (10.0 s): another track; the right one is number 2, overlap there 1.00');
  expect(answered).toBe('    answered  1:01.0 – 1:11.0  Title of other');
  const [missing] = besideTruth(answerOf(['other', 0], ['third', 0]), clip, right);
  expect(missing).toBe('  clip-007 (10.0 s): another track; the right one is not among the first 2');
});

test('where no answer is known to be right, all that was answered is listed', () => {
  expect(asList(answerOf(['other', 61_000], ['right', 30_000]), asked)).toEqual([
    "The Worker's answer for holiday.mp4 (10.0 s, 1 frames)",
    '  1. 1:01.0 – 1:11.0  relevance 1.000  Title of other',
    '  2. 0:30.0 – 0:40.0  relevance 0.750  Amber River (rock)',
  ]);
});

test('the parts of an answer are named with their times', () => {
  expect(timingLine('embed;dur=3.1, search;dur=0.2', 12.34)).toBe('  embed 3.1 ms, search 0.2 ms; 12 ms over HTTP');
});
