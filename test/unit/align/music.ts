/** Music for tests, made in no time: notes that ring off, a beat, nothing that comes twice. 16 kHz. */
import { createRandom } from '../../../offline/lib/random.ts';

export const RATE = 16_000;

export function music(seed: string, sec: number): Float32Array {
  const random = createRandom(seed);
  const out = new Float32Array(Math.round(sec * RATE));
  for (let at = 0; at < sec; at += random.uniform(0.08, 0.25)) {
    const hz = 110 * 2 ** (random.integer(48) / 12);
    const [gain, ring] = [random.uniform(0.05, 0.2), random.uniform(0.1, 0.6)];
    const partials = Array.from({ length: 4 }, (_, i) => ({
      hz: hz * (i + 1),
      gain: (gain * random.uniform()) / (i + 1),
    }));
    const from = Math.round(at * RATE);
    const to = Math.min(out.length, from + Math.round(4 * ring * RATE));
    for (const one of partials.filter((partial) => partial.hz < 7500))
      for (let i = from; i < to; i++) {
        const t = (i - from) / RATE;
        out[i] += one.gain * Math.exp(-t / ring) * Math.sin(2 * Math.PI * one.hz * t);
      }
  }
  const beat = random.uniform(0.4, 0.6);
  for (let at = 0; at < sec; at += beat * (random.uniform() < 0.3 ? 0.5 : 1))
    for (let i = 0; i < 0.03 * RATE; i++) {
      const n = Math.round(at * RATE) + i;
      if (n < out.length) out[n] += 0.15 * random.normal() * Math.exp(-i / (0.006 * RATE));
    }
  return out;
}

export const cutFrom = (sound: Float32Array, fromSec: number, lengthSec: number): Float32Array =>
  sound.slice(Math.round(fromSec * RATE), Math.round((fromSec + lengthSec) * RATE));

export function joinedSound(...parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Somebody speaks, as far as a spectrum can tell: syllables of noise in three bands, a breath after some. */
export function babble(seed: string, sec: number, gain: number): Float32Array {
  const random = createRandom(seed);
  const out = new Float32Array(Math.round(sec * RATE));
  for (let at = 0; at < sec; at += random.uniform(0.12, 0.3) + (random.uniform() < 0.15 ? 0.4 : 0)) {
    const length = random.uniform(0.08, 0.2) * RATE;
    const pitch = random.uniform(100, 200);
    for (let i = 0; i < length; i++) {
      const n = Math.round(at * RATE) + i;
      if (n >= out.length) break;
      let value = 0;
      for (let k = 1; k <= 20; k++) value += Math.sin((2 * Math.PI * k * pitch * i) / RATE) / k;
      out[n] += gain * value * Math.sin((Math.PI * i) / length) ** 2;
    }
  }
  return out;
}
