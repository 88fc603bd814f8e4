/** Music under a clip on Web Audio's clock: its pieces, its fades, its level and where it goes down; the same for the ear and for a file. */
import { gainAt } from '../../../index/edit/gain-points.ts';
import { endOf, fadeAt, levelOf, type Music, piecesOf, ratioOf } from './music-plan.ts';
import type { Passage } from './passage.ts';

export interface Start {
  /** Of the clip, from where it plays, in seconds. */
  at: number;
  /** When that is heard, on the context's clock. */
  startAt: number;
  /** Length of the clip. */
  clipSec: number;
}

/** @returns what plays, to stop it by */
export function schedule(
  to: AudioNode,
  of: Music,
  { buffer, fromSec }: Passage,
  { at, startAt, clipSec }: Start,
): AudioBufferSourceNode[] {
  const on = to.context;
  const pieces = piecesOf(of, clipSec * 1000);
  const endSec = endOf(pieces);
  const fade = new GainNode(on, { gain: 0 });
  const under = new GainNode(on);
  fade.connect(under).connect(to);
  const { gain: points = [] } = of;
  under.gain.setValueAtTime(ratioOf(gainAt(points, at * 1000)), startAt);
  for (const { atMs, gainDb } of points) // a straight line in decibels is an exponential ramp
    if (atMs > at * 1000) under.gain.exponentialRampToValueAtTime(ratioOf(gainDb), startAt + atMs / 1000 - at);
  const full = levelOf(of);
  const [inSec, outSec] = [of.fade.inMs / 1000, of.fade.outMs / 1000];
  fade.gain.setValueAtTime(full * fadeAt(of, at, endSec), startAt);
  for (const sec of [inSec, endSec - outSec, endSec])
    if (sec > at) fade.gain.linearRampToValueAtTime(full * fadeAt(of, sec, endSec), startAt + sec - at);
  return pieces.flatMap((piece) => {
    const skipped = Math.max(0, at - piece.atSec);
    if (skipped >= piece.lengthSec) return [];
    const source = new AudioBufferSourceNode(on, { buffer });
    source.connect(fade);
    const when = startAt + Math.max(0, piece.atSec - at);
    source.start(when, piece.fromSec - fromSec + skipped, piece.lengthSec - skipped);
    return [source];
  });
}
