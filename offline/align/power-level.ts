/**
 * How loud a track is against the rest of a post where their waves have nothing in common, since it was stretched or shifted: by powers in bands.
 *
 * In each band the post's power is the track's times something, plus a rest that knows nothing of the track: least squares over time.
 */
import { createSpectrumStream, melBands } from '../encoders/stft.ts';
import { decibels } from './extent.ts';
import { RATE } from './warp.ts';

const FRAMING = { size: 1024, hop: 512 };
const BANDS = melBands(20, FRAMING.size, RATE, 150, 7000);

/** @param post and track side by side, 16 kHz @returns decibels */
export function powerLevel(post: Float32Array, track: Float32Array, fromSec: number, toSec: number): number {
  const [from, to] = [Math.round(fromSec * RATE), Math.round(toSec * RATE)];
  const [p, k] = [bandPowers(post.subarray(from, to)), bandPowers(track.subarray(from, to))];
  let [music, all] = [0, 0];
  for (let band = 0; band < BANDS.length; band++) {
    const [x, y] = [k.map((powers) => powers[band]), p.map((powers) => powers[band])];
    const [mx, my] = [mean(x), mean(y)];
    let [xx, xy] = [0, 0];
    for (let i = 0; i < x.length; i++) {
      xx += (x[i] - mx) ** 2;
      xy += (x[i] - mx) * (y[i] - my);
    }
    const gain = xx > 0 ? Math.max(0, Math.min(xy / xx, mx > 0 ? my / mx : 0)) : 0;
    music += gain * mx;
    all += my;
  }
  return decibels(music, all - music);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** [frames][BANDS] */
function bandPowers(samples: Float32Array): number[][] {
  const powers: number[][] = [];
  const stream = createSpectrumStream(FRAMING, (power) => {
    powers.push(
      BANDS.map(({ first, weights }) => weights.reduce((sum, weight, i) => sum + weight * power[first + i], 0)),
    );
  });
  stream.push(samples);
  stream.end();
  return powers;
}
