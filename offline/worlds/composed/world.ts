/**
 * The demo's latent world: tracks and the clips that follow them, as plain data drawn from one seed.
 *
 * A track has a style, a tempo, a key and a character (song.ts); its sections have energy, register, density and brightness (form.ts).
 * A clip follows one section of one track: what is heard there decides what is seen (palette.ts, after Palmer et al. 2013),
 * plus noise of its own. So which moment suits a clip can be learned, and from nothing but sound and picture.
 * Sound is made by compose.ts, pictures by render.ts.
 */
import { createRandom, type Random } from '../../lib/random.ts';
import { drawSong, type Song } from './song.ts';
import { STYLES } from './styles.ts';
import { drawTitles } from './titles.ts';

export type Split = 'train' | 'val' | 'test';

export interface TrackPlan extends Song {
  id: string;
  title: string;
  style: string;
  /** Seeds everything that composing draws. */
  seed: string;
}

export interface ClipPlan {
  id: string;
  trackId: string;
  /** Index into the track's sections. */
  section: number;
  /** The planted moment, in seconds of the track. */
  startSec: number;
  endSec: number;
  durationSec: number;
  split: Split;
  /** Seeds the clip's own noise. */
  seed: string;
}

export interface World {
  seed: string;
  tracks: TrackPlan[];
  clips: ClipPlan[];
}

export interface WorldSizes {
  tracks: number;
  train: number;
  val: number;
  test: number;
}

export const DEMO_SIZES: WorldSizes = { tracks: 32, train: 112, val: 16, test: 32 };

const MIN_CLIP_SEC = 5;
const MAX_CLIP_SEC = 25;

/** Draw a world. Equal seed and sizes give an equal world. */
export function createWorld(seed: number | string, sizes: WorldSizes = DEMO_SIZES): World {
  const random = createRandom(seed);
  const titles = drawTitles(random.fork('titles'), sizes.tracks);
  const tracks = titles.map((title, i) => drawTrack(random.fork(`track/${i}`), `${seed}/track/${i}`, i, title));
  const clips: ClipPlan[] = [];
  for (const split of ['train', 'val', 'test'] as const) {
    const order = random.fork(`order/${split}`);
    let deck: TrackPlan[] = [];
    for (let i = 0; i < sizes[split]; i++) {
      if (deck.length === 0) deck = order.shuffle(tracks); // every track once before any comes again
      const name = `clip-${String(clips.length).padStart(3, '0')}`;
      clips.push(drawClip(random.fork(name), `${seed}/${name}`, name, deck.pop()!, split));
    }
  }
  return { seed: String(seed), tracks, clips };
}

function drawTrack(random: Random, seed: string, index: number, title: string): TrackPlan {
  const style = STYLES[index % STYLES.length];
  return {
    id: `track-${String(index).padStart(2, '0')}`,
    title: `${title} (${style.name})`,
    style: style.name,
    seed,
    ...drawSong(random, style),
  };
}

function drawClip(random: Random, seed: string, id: string, track: TrackPlan, split: Split): ClipPlan {
  const index = random.integer(track.sections.length);
  const section = track.sections[index];
  const length = section.endSec - section.startSec;
  const laterBars = random.uniform() < 0.3 ? 1 + random.integer(2) : 0;
  const later = laterBars * track.barSec;
  const startSec = section.startSec + (length - later >= MIN_CLIP_SEC + 2 ? later : 0);
  // A section shorter than the shortest clip is followed past its end; one at the track's end cannot be.
  const room = Math.min(MAX_CLIP_SEC, Math.max(MIN_CLIP_SEC, section.endSec - startSec));
  const wanted = random.uniform(Math.min(room, Math.max(MIN_CLIP_SEC, room * 0.5)), room);
  const durationSec = Math.min(Math.floor(wanted * 10) / 10, Math.floor((track.durationSec - startSec) * 10) / 10);
  return { id, trackId: track.id, section: index, startSec, endSec: startSec + durationSec, durationSec, split, seed };
}

/** The track a clip follows. */
export function trackOf(world: World, clip: ClipPlan): TrackPlan {
  const track = world.tracks.find((candidate) => candidate.id === clip.trackId);
  if (!track) throw new Error(`internal: clip ${clip.id} follows ${clip.trackId}, which the world does not have.`);
  return track;
}
