/**
 * Clips with known shot changes: drawn places, each seen by a camera that stands, pans, zooms, shakes or is lit anew, with things that cross the picture and
 * flashes, cut together hard or dissolved.
 *
 * Every hazard stands in them about as often as the cuts. A third of the places has the colours of the one before, since that is how rooms of one house are.
 * Frames are at 25 a second, small as the detector takes them. Each clip has its own seed; sets are kept apart by theirs.
 */
import { SHOT_HEIGHT, SHOT_WIDTH, type ShotFrame } from '../../../index/clip/shot-frame.ts';
import { createRandom } from '../../../offline/lib/random.ts';

export interface ComposedClip {
  frames: ShotFrame[];
  /** Hard cuts, ms: when the first frame of the new shot is shown. */
  cutsMs: number[];
  /** Middles of dissolves, ms. */
  dissolvesMs: number[];
}

const HAZARDS = ['still', 'pan', 'fast pan', 'zoom', 'shake', 'passer-by', 'flash', 'light'] as const;
type Hazard = (typeof HAZARDS)[number];
export const FRAME_MS = 40;
/** The drawn place is so much larger than what is seen of it. */
const PLACE_WIDTH = 3 * SHOT_WIDTH;
const PLACE_HEIGHT = 3 * SHOT_HEIGHT;
const PIXELS = SHOT_WIDTH * SHOT_HEIGHT;

type Uniform = (from: number, to: number) => number;
/** Y, Cb, Cr one after the other, each row by row. */
type Planes = Float32Array;

/** @param dissolves share of the changes that are dissolves */
export function composeClip(seed: string, { shots, dissolves }: { shots: number; dissolves: number }): ComposedClip {
  const random = createRandom(seed);
  const uniform: Uniform = (from, to) => from + ((to - from) * random.integer(1_000_001)) / 1_000_000;
  const pictures: Planes[] = [];
  const clip: ComposedClip = { frames: [], cutsMs: [], dissolvesMs: [] };
  let palette = drawPalette(uniform);
  for (let shot = 0; shot < shots; shot++) {
    const length = Math.round(uniform(32, 90)); // 1.3 to 3.6 s
    if (uniform(0, 1) > 0.35) palette = drawPalette(uniform);
    const next = drawShot(length, HAZARDS[random.integer(HAZARDS.length)], palette, uniform);
    const isDissolve = shot > 0 && uniform(0, 1) < dissolves;
    const over = isDissolve ? Math.round(uniform(10, 28)) : 0; // 0.4 to 1.1 s
    const start = pictures.length - over;
    if (shot > 0) (isDissolve ? clip.dissolvesMs : clip.cutsMs).push(Math.round((start + over / 2) * FRAME_MS));
    for (const [i, picture] of next.entries())
      if (i < over) {
        const share = (i + 1) / (over + 1);
        pictures[start + i] = pictures[start + i].map((value, at) => value + share * (picture[at] - value));
      } else pictures.push(picture);
  }
  clip.frames = pictures.map((picture, i) => ({
    timeMs: i * FRAME_MS,
    picture: Uint8Array.from(picture, (value) => Math.min(255, Math.max(0, Math.round(value + uniform(-3, 3))))),
  }));
  return clip;
}

type Colour = [number, number, number];

const drawPalette = (uniform: Uniform): Colour[] =>
  Array.from({ length: 5 }, (): Colour => [uniform(25, 230), uniform(95, 160), uniform(95, 160)]);

/** A place: a slope of light, soft texture, and things with edges, in the colours of a palette. */
function drawPlace(palette: readonly Colour[], uniform: Uniform): Planes {
  const place = new Float32Array(3 * PLACE_WIDTH * PLACE_HEIGHT);
  const [floor, wall] = [palette[0], palette[1]];
  const horizon = uniform(0.3, 0.7) * PLACE_HEIGHT;
  const waves = Array.from({ length: 6 }, () => ({
    x: uniform(-0.5, 0.5) * uniform(0.2, 1.5),
    y: uniform(-0.5, 0.5) * uniform(0.2, 1.5),
    phase: uniform(0, 6.3),
    size: uniform(2, 9),
  }));
  const things = Array.from({ length: 34 }, () => ({
    x: uniform(0, PLACE_WIDTH),
    y: uniform(0, PLACE_HEIGHT),
    width: uniform(1.5, 11),
    height: uniform(1.5, 9),
    isRound: uniform(0, 1) < 0.5,
    colour: palette[Math.floor(uniform(0, 4.999))],
    light: uniform(-40, 40),
  }));
  for (let y = 0; y < PLACE_HEIGHT; y++)
    for (let x = 0; x < PLACE_WIDTH; x++) {
      const far = 1 / (1 + Math.exp((y - horizon) / 2));
      const at = y * PLACE_WIDTH + x;
      let [luma, cb, cr] = floor.map((value, i) => value + far * (wall[i] - value));
      for (const wave of waves) luma += wave.size * Math.sin(wave.x * x + wave.y * y + wave.phase);
      for (const thing of things) {
        const [dx, dy] = [Math.abs(x - thing.x) / thing.width, Math.abs(y - thing.y) / thing.height];
        const away = thing.isRound ? Math.hypot(dx, dy) : Math.max(dx, dy);
        if (away > 1.5) continue;
        const here = 1 / (1 + Math.exp(12 * (away - 1)));
        luma += here * (thing.colour[0] + thing.light - luma);
        cb += here * (thing.colour[1] - cb);
        cr += here * (thing.colour[2] - cr);
      }
      place[at] = luma;
      place[PLACE_WIDTH * PLACE_HEIGHT + at] = cb;
      place[2 * PLACE_WIDTH * PLACE_HEIGHT + at] = cr;
    }
  return place;
}

function drawShot(length: number, hazard: Hazard, palette: readonly Colour[], uniform: Uniform): Planes[] {
  const place = drawPlace(palette, uniform);
  const angle = uniform(0, 1) < 0.7 ? (uniform(0, 1) < 0.5 ? 0 : Math.PI) : uniform(0, 2 * Math.PI);
  // Widths of the picture a second: what a hand does, and what it does in a hurry.
  const speed = { pan: uniform(0.08, 0.27), 'fast pan': uniform(0.27, 0.55) }[hazard as string] ?? 0;
  const zoomed = hazard === 'zoom' ? uniform(0.15, 0.5) * (uniform(0, 1) < 0.5 ? -1 : 1) : 0;
  const drift = uniform(0, 0.02); // nothing stands quite still
  const dim = uniform(0.3, 0.6);
  const [flashAt, flashLength, flashLight] = [
    Math.round(uniform(8, length - 12)),
    Math.round(uniform(1, 5)),
    uniform(60, 140),
  ];
  const walker = { width: uniform(3, 7), height: uniform(8, 20), colour: palette[4], toRight: uniform(0, 1) < 0.5 };
  return Array.from({ length }, (_, i) => {
    const seconds = (i * FRAME_MS) / 1000;
    const way = (speed + drift) * seconds * SHOT_WIDTH;
    const middle = ((speed + drift) * ((length * FRAME_MS) / 1000) * SHOT_WIDTH) / 2;
    const shaken = hazard === 'shake' ? 0.02 * SHOT_WIDTH : 0.002 * SHOT_WIDTH;
    const x = PLACE_WIDTH / 2 + Math.cos(angle) * (way - middle) + uniform(-shaken, shaken);
    const y = PLACE_HEIGHT / 2 + 0.5 * Math.sin(angle) * (way - middle) + uniform(-shaken, shaken);
    const zoom = 1 + zoomed * (i / length - 0.5);
    const lit = hazard === 'light' ? 1 - dim * (1 - i / length) : 1;
    const flashed = hazard === 'flash' && i >= flashAt && i < flashAt + flashLength ? flashLight : 0;
    const out = look(place, { x, y, zoom });
    if (hazard === 'passer-by') pass(out, { ...walker, share: i / length });
    for (let at = 0; at < PIXELS; at++) out[at] = lit * out[at] + flashed;
    return out;
  });
}

/** What a camera sees: each pixel the mean of four places. */
function look(place: Planes, camera: { x: number; y: number; zoom: number }): Planes {
  const out = new Float32Array(3 * PIXELS);
  for (let row = 0; row < SHOT_HEIGHT; row++)
    for (let column = 0; column < SHOT_WIDTH; column++)
      for (const [right, down] of [
        [0.25, 0.25],
        [0.75, 0.25],
        [0.25, 0.75],
        [0.75, 0.75],
      ]) {
        const x = camera.x + (column + right - SHOT_WIDTH / 2) / camera.zoom;
        const y = camera.y + (row + down - SHOT_HEIGHT / 2) / camera.zoom;
        const left = Math.min(PLACE_WIDTH - 2, Math.max(0, Math.floor(x)));
        const top = Math.min(PLACE_HEIGHT - 2, Math.max(0, Math.floor(y)));
        const [u, v] = [Math.min(1, Math.max(0, x - left)), Math.min(1, Math.max(0, y - top))];
        for (let plane = 0; plane < 3; plane++) {
          const at = plane * PLACE_WIDTH * PLACE_HEIGHT + top * PLACE_WIDTH + left;
          const above = place[at] + u * (place[at + 1] - place[at]);
          const below = place[at + PLACE_WIDTH] + u * (place[at + PLACE_WIDTH + 1] - place[at + PLACE_WIDTH]);
          out[plane * PIXELS + row * SHOT_WIDTH + column] += (above + v * (below - above)) / 4;
        }
      }
  return out;
}

interface Walker {
  width: number;
  height: number;
  colour: Colour;
  toRight: boolean;
  /** Of the way across. */
  share: number;
}

/** Somebody crosses the picture, from edge to edge. */
function pass(picture: Planes, { width, height, colour, toRight, share }: Walker): void {
  const middle = (toRight ? share : 1 - share) * (SHOT_WIDTH + 2 * width) - width;
  for (let row = SHOT_HEIGHT - Math.round(height); row < SHOT_HEIGHT; row++)
    for (let column = 0; column < SHOT_WIDTH; column++) {
      if (Math.abs(column - middle) > width) continue;
      for (let plane = 0; plane < 3; plane++) picture[plane * PIXELS + row * SHOT_WIDTH + column] = colour[plane];
    }
}
