/**
 * Render a clip of the demo's world: one JPEG per second of the moment it follows.
 *
 * The look at every second comes from palette.ts, the texture from the track's style. A clip adds what belongs to no music: an
 * exposure and a white balance of its own, a camera that shakes, sensor noise, and in one clip of four something that stands
 * in the picture.
 */
/// <reference path="../../lib/sharp.d.ts" />
import sharp from 'sharp';
import { createRandom, type Random } from '../../lib/random.ts';
import { type Look, lookAt, oklabToRgb } from './palette.ts';
import { styleNamed } from './styles.ts';
import { TEXTURES, type TextureFunction } from './textures.ts';
import { type ClipPlan, trackOf, type World } from './world.ts';

const FRAME_WIDTH = 320;
const FRAME_HEIGHT = 180;

const JPEG_QUALITY = 85;
const PALETTE_STEPS = 256;

/** What a clip has of its own. */
interface ClipNoise {
  lightness: number;
  a: number;
  b: number;
  /** Size of the camera's movement, in texture periods. */
  shake: number;
  /** Standard deviation of the sensor, in grey levels. */
  grain: number;
  origin: { u: number; v: number };
  /** An ellipse in shares of the picture. */
  occluder?: { x: number; y: number; rx: number; ry: number; lightness: number };
}

/** JPEG bytes of frames at 0, 1, 2, … s: ceil(durationSec), at most 50. Equal plans give equal bytes with an equal sharp. */
export async function renderClip(world: World, clip: ClipPlan): Promise<Uint8Array[]> {
  const track = trackOf(world, clip);
  const texture = TEXTURES[styleNamed(track.style).texture];
  const random = createRandom(clip.seed);
  const noise = drawNoise(random.fork('noise'));
  const shake = random.fork('shake');
  const grain = drawGrain(random.fork('grain'));
  const frames: Uint8Array[] = [];
  let phase = random.uniform();
  for (let second = 0; second < Math.min(50, Math.ceil(clip.durationSec)); second++) {
    const look = lookAt(track, clip.startSec + second);
    const camera = {
      u: noise.origin.u + noise.shake * shake.normal(),
      v: noise.origin.v + noise.shake * shake.normal(),
    };
    const pixels = paint(look, texture, phase, camera, noise, grain, shake.integer(grain.length));
    const image = sharp(pixels, { raw: { width: FRAME_WIDTH, height: FRAME_HEIGHT, channels: 3 } });
    frames.push(new Uint8Array(await image.jpeg({ quality: JPEG_QUALITY }).toBuffer()));
    phase += look.speed;
  }
  return frames;
}

function drawNoise(random: Random): ClipNoise {
  const occluded = random.uniform() < 0.25;
  return {
    lightness: 0.015 * random.normal(),
    a: 0.008 * random.normal(),
    b: 0.008 * random.normal(),
    shake: random.uniform(0, 0.06),
    grain: random.uniform(1, 5),
    origin: { u: random.uniform(0, 4), v: random.uniform(0, 4) },
    occluder: occluded
      ? {
          x: random.uniform(0.1, 0.9),
          y: random.uniform(0.3, 1),
          rx: random.uniform(0.05, 0.14),
          ry: random.uniform(0.1, 0.25),
          lightness: random.uniform(0.1, 0.9),
        }
      : undefined,
  };
}

/** One stretch of standard normal numbers, read from a different place in every frame. */
function drawGrain(random: Random): Float32Array {
  const grain = new Float32Array(4099); // prime, so that the rows of a picture do not repeat in step
  for (let i = 0; i < grain.length; i++) grain[i] = random.normal();
  return grain;
}

function paint(
  look: Look,
  texture: TextureFunction,
  phase: number,
  camera: { u: number; v: number },
  noise: ClipNoise,
  grain: Float32Array,
  grainFrom: number,
): Uint8Array {
  const pixels = new Uint8Array(FRAME_WIDTH * FRAME_HEIGHT * 3);
  const { palette, rows } = drawPalette(look, noise);
  const steepness = 0.8 + 5 * look.hardness;
  const perPixel = look.detail / FRAME_WIDTH;
  let grainAt = grainFrom;
  for (let y = 0; y < FRAME_HEIGHT; y++) {
    const v = camera.v + y * perPixel;
    const light = rows[y];
    for (let x = 0; x < FRAME_WIDTH; x++) {
      const value = 2 * texture(camera.u + x * perPixel, v, phase) - 1;
      const edged = (value * (1 + steepness)) / (1 + steepness * Math.abs(value)); // hard edges without a tanh per pixel
      const step = Math.round((0.5 + 0.5 * edged) * (PALETTE_STEPS - 1)) * 3;
      if (++grainAt === grain.length) grainAt = 0;
      const sensor = noise.grain * grain[grainAt];
      const at = (y * FRAME_WIDTH + x) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.max(0, Math.min(255, palette[step + c] * light + sensor));
    }
  }
  if (noise.occluder) paintOccluder(pixels, noise.occluder);
  return pixels;
}

/** Colours from the dark to the light end of the look, and the light on each row. */
function drawPalette(look: Look, noise: ClipNoise): { palette: Float32Array; rows: Float32Array } {
  const palette = new Float32Array(PALETTE_STEPS * 3);
  for (let i = 0; i < PALETTE_STEPS; i++) {
    const side = (2 * i) / (PALETTE_STEPS - 1) - 1;
    const lightness = Math.max(0.03, Math.min(0.98, look.lightness + noise.lightness + side * look.contrast));
    palette.set(oklabToRgb(lightness, look.a + noise.a, look.b + noise.b), i * 3);
  }
  const rows = new Float32Array(FRAME_HEIGHT);
  for (let y = 0; y < FRAME_HEIGHT; y++) {
    const down = y / (FRAME_HEIGHT - 1);
    rows[y] = 1 + look.sky * Math.max(0, 1 - 2.5 * down) - look.ground * Math.max(0, 2.5 * down - 1.5);
  }
  return { palette, rows };
}

function paintOccluder(pixels: Uint8Array, occluder: NonNullable<ClipNoise['occluder']>): void {
  const grey = Math.round(255 * occluder.lightness);
  for (let y = 0; y < FRAME_HEIGHT; y++)
    for (let x = 0; x < FRAME_WIDTH; x++) {
      const dx = (x / FRAME_WIDTH - occluder.x) / occluder.rx;
      const dy = (y / FRAME_HEIGHT - occluder.y) / occluder.ry;
      if (dx * dx + dy * dy < 1) pixels.fill(grey, (y * FRAME_WIDTH + x) * 3, (y * FRAME_WIDTH + x) * 3 + 3);
    }
}
