/**
 * `npm run bench -- cuts`: which share of a clip's cuts falls on beats, with cutsMs and without, for composed clips under real tracks.
 *
 * The cuts are those that the shot detector finds in the composed clips; each clip is put under every track, where a moment might start. Two more kinds
 * say what there is to win: cuts at even distances that have nothing to do with the track's, and a clip that was cut to music of this track's tempo.
 */
import { readdirSync } from 'node:fs';
import { shotChanges } from '../../index/clip/shot-changes.ts';
import { barAround, barLines, beatAround, type Music } from '../../index/moment/beat-grid.ts';
import { cutsOnBeats } from '../../index/moment/cuts.ts';
import { placeMoment } from '../../index/moment/placement.ts';
import { createRandom, type Random } from '../../offline/lib/random.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { analyseMono } from './analyse-mono.ts';
import { heardOf } from './real-tracks.ts';
import { composeClip } from './shots/composed-shots.ts';

const CLIPS = 8;
/** Of each clip under each track. */
const STARTS = 5;
const HEARD_MS = 90_000;

interface Cut {
  cutsMs: number[];
  clipMs: number;
}
type Kind = (music: Music, startMs: number, random: Random) => Cut;

export async function benchCuts(): Promise<void> {
  if (sharedMissing) return console.log('cuts: ../shared/media/music is missing, so nothing is measured');
  const detected = Array.from({ length: CLIPS }, (_, i): Cut => {
    const { frames } = composeClip(`bench cuts ${i}`, { shots: 10, dissolves: 0.2 });
    return { cutsMs: shotChanges(frames), clipMs: frames.at(-1)!.timeMs };
  });
  const kinds: Record<string, Kind> = {
    'composed clips, cuts as detected': (_, __, random) => detected[random.integer(CLIPS)],
    'a cut every 1.1 to 1.9 s, even within a clip': (_, __, random) => evenly(1100 + random.integer(800), random),
    "cut to this track's beats, ±40 ms, from elsewhere": (music, startMs, random) => toBeats(music, startMs, random),
  };
  const tracks = await musicOf();
  console.log(
    `${tracks.length} tracks with beats, ${STARTS * CLIPS} moments each; share of cuts within 60 ms of a beat`,
  );
  for (const [name, kind] of Object.entries(kinds)) console.log(measured(name, kind, tracks));
}

function measured(name: string, kind: Kind, tracks: readonly Music[]): string {
  const random = createRandom(`cuts ${name}`);
  let [before, after, count, moved, mostBars] = [0, 0, 0, 0, 0];
  for (const music of tracks)
    for (let i = 0; i < STARTS * CLIPS; i++) {
      const startMs = random.integer(HEARD_MS - 40_000);
      const { cutsMs, clipMs } = kind(music, startMs, random);
      const request = { predicted: { startMs, endMs: startMs + clipMs }, clipMs, trackMs: HEARD_MS, music };
      const plain = placeMoment({ ...request, options: { fit: 'clip', snap: 'downbeat' } });
      const placed = placeMoment({ ...request, options: { fit: 'clip', snap: 'downbeat', cutsMs } });
      const shift = Math.abs(placed.startMs - plain.startMs);
      if (placed.endMs - placed.startMs !== plain.endMs - plain.startMs) throw new Error('internal: another length');
      before += cutsOnBeats({ cutsMs, span: plain, music }).share ?? 0;
      after += placed.cuts?.share ?? 0;
      moved += shift;
      mostBars = Math.max(
        mostBars,
        shift / (barAround(barLines(music), plain.startMs) || beatAround(music, plain.startMs)),
      );
      count++;
    }
  const share = (sum: number): string => (sum / count).toFixed(3);
  return `${name}: without ${share(before)}, with ${share(after)}; moved by ${Math.round(moved / count)} ms on average, ${mostBars.toFixed(2)} bars at most`;
}

function evenly(everyMs: number, random: Random): Cut {
  const clipMs = 8000 + random.integer(22_000);
  const cutsMs: number[] = [];
  for (let atMs = random.integer(everyMs); atMs < clipMs; atMs += everyMs) if (atMs > 0) cutsMs.push(atMs);
  return { cutsMs, clipMs };
}

/** Every second to fourth beat, by hand; what the clip was cut to began elsewhere in a bar. */
function toBeats({ beatsMs }: Music, startMs: number, random: Random): Cut {
  const clipMs = 8000 + random.integer(22_000);
  const offMs = random.integer(2000);
  const cutsMs: number[] = [];
  for (let beat = 0; beat < beatsMs.length; beat += 2 + random.integer(3)) {
    const atMs = beatsMs[beat] - startMs + offMs + random.integer(81) - 40;
    if (atMs > 0 && atMs < clipMs) cutsMs.push(atMs);
  }
  return { cutsMs, clipMs };
}

async function musicOf(): Promise<Music[]> {
  const names = readdirSync(sharedMedia('music')).filter((name) => /\.(ogg|opus|mp3)$/.test(name));
  const tracks: Music[] = [];
  for (const name of names) {
    const { beats, downbeats, onsetStrength } = analyseMono(await heardOf(name));
    if (beats.length < 8) continue;
    tracks.push({ beatsMs: Uint32Array.from(beats, (sec) => Math.round(1000 * sec)), downbeats, onsetStrength });
  }
  return tracks;
}
