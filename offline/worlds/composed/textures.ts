/**
 * The eight textures: what a style's pictures are made of.
 *
 * Each maps a place to 0..1. u and v count periods across and down (v is scaled so that a period is as high as it is wide),
 * phase counts the periods that motion has moved. Speed matters, two million places are asked per clip: no texture allocates.
 */
import type { Texture } from './styles.ts';

export type TextureFunction = (u: number, v: number, phase: number) => number;

const TURN = 2 * Math.PI;
const wave = (x: number): number => 0.5 + 0.5 * Math.sin(TURN * x);
const fraction = (x: number): number => x - Math.floor(x);

export const TEXTURES: Record<Texture, TextureFunction> = {
  /** Drifting value noise in two octaves. */
  clouds: (u, v, phase) => 0.65 * noise(0.7 * u + phase, 0.7 * v) + 0.35 * noise(1.6 * u - phase, 1.6 * v + 7),
  /** Round spots on a staggered grid. */
  dots: (u, v, phase) => {
    const row = Math.floor(v);
    const x = fraction(u + phase + 0.5 * (row & 1)) - 0.5;
    const y = v - row - 0.5;
    return Math.max(0, 1 - 2.2 * Math.sqrt(x * x + y * y));
  },
  /** Diagonal stripes. */
  weave: (u, v, phase) => wave(0.7 * (u + v) + phase),
  checks: (u, v, phase) => 0.5 + 0.5 * Math.sin(TURN * 0.7 * (u + phase)) * Math.sin(TURN * 0.7 * v),
  /** Circles around the middle of the upper third. */
  rings: (u, v, phase) => wave(Math.hypot(u - RING_U, v - RING_V) - phase),
  /** Upright bars that lean by their place: jagged where they meet. */
  shards: (u, v, phase) => fraction(u + phase + 0.35 * Math.abs(fraction(0.25 * v + noise(0.5 * u, 3)) - 0.5)),
  /** Squares of one colour each, redrawn as they move. */
  blocks: (u, v, phase) => {
    const step = Math.floor(phase);
    const [now, next] = [
      lattice(Math.floor(u), Math.floor(v) + 31 * step),
      lattice(Math.floor(u), Math.floor(v) + 31 * (step + 1)),
    ];
    return now + (next - now) * (phase - step);
  },
  /** Level stripes that undulate. */
  waves: (u, v, phase) => wave(v + phase + 0.3 * Math.sin(TURN * 0.15 * u)),
};

/** Rings are around a fixed place in periods; the picture's middle moves with the detail, which adds variety. */
const RING_U = 3;
const RING_V = 1.2;

/** Smoothed value noise on a lattice, 0..1. */
function noise(x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [smooth(x - left), smooth(y - top)];
  const upper = lattice(left, top) * (1 - fx) + lattice(left + 1, top) * fx;
  const lower = lattice(left, top + 1) * (1 - fx) + lattice(left + 1, top + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}

const smooth = (t: number): number => t * t * (3 - 2 * t);

/** A fixed value for every lattice point: an integer hash (Wellons' lowbias32). */
function lattice(x: number, y: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}
