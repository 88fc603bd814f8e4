/**
 * A log-mel spectrogram as a part of a tower's graph: 16 kHz samples in, so that a tower with a spectrogram of its own needs no preparation here.
 *
 * The windowed Fourier transform is a convolution: one kernel for the cosine and one for the sine of each frequency. Frames are centred on
 * multiples of the hop, the ends mirrored, as torch.stft does with center=True. What mel bands are like, and what becomes of their power, is
 * each tower's own (ced-tower.ts, mn-tower.ts).
 */
import { reshape } from '../nn/broadcast.ts';
import { convolve } from '../nn/convolve.ts';
import { add, multiply } from '../nn/elementwise.ts';
import { apply, constant, fixed, integers, type Tensor } from '../nn/graph.ts';
import { slice, transpose } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';

export interface MelFront {
  /** Samples of a transform; its window, which lies in the middle of it, of this many values or fewer. */
  transform: number;
  window: Float64Array;
  hop: number;
  /** How many of the frames that there are. */
  frames: number;
  /** [transform / 2 + 1][bands]: power to bands, whatever the window's scale is included. */
  mel: Float64Array[];
}

/** Power of each band. samples [N, L] -> [N, frames, bands] */
export function melPower(samples: Tensor, { transform, window, hop, frames, mel }: MelFront): Tensor {
  const { graph } = samples;
  const [batch, length] = [samples.shape[0], fixed(samples.shape[1])];
  const bins = transform / 2 + 1;
  const half = transform / 2;
  const padded = apply('Pad', [samples, integers(graph, [0, half, 0, half])], [batch, length + transform], {
    attributes: { mode: 'reflect' },
  });
  const line = reshape(padded, [batch, 1, 1, length + transform]);
  const waves = constant(graph, kernels(transform, window), [2 * bins, 1, 1, transform], 'front.waves');
  const spectrum = slice(convolve(line, waves, hop), 3, 0, frames); // [N, 2 bins, 1, frames]
  const [real, imaginary] = [slice(spectrum, 1, 0, bins), slice(spectrum, 1, bins, bins)];
  const power = reshape(add(multiply(real, real), multiply(imaginary, imaginary)), [batch, bins, frames]);
  const bands = mel[0].length;
  const matrix = constant(graph, Float32Array.from(mel.flatMap((row) => [...row])), [bins, bands], 'front.mel');
  return matmul(transpose(power, [0, 2, 1]), matrix);
}

/** [2 bins, transform]: cosines, then sines, under the window. */
function kernels(transform: number, window: Float64Array): Float32Array {
  const bins = transform / 2 + 1;
  const out = new Float32Array(2 * bins * transform);
  const before = Math.floor((transform - window.length) / 2);
  for (let k = 0; k < bins; k++)
    for (let n = 0; n < window.length; n++) {
      const angle = (2 * Math.PI * k * (n + before)) / transform;
      out[k * transform + before + n] = window[n] * Math.cos(angle);
      out[(bins + k) * transform + before + n] = -window[n] * Math.sin(angle);
    }
  return out;
}

/** Hann's; periodic as for spectra unless it is to be symmetric. */
export const hann = (count: number, symmetric = false): Float64Array =>
  Float64Array.from(
    { length: count },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (symmetric ? count - 1 : count)),
  );

/**
 * Triangles over the bins of a spectrum, [bins][bands].
 * @param edges bands + 2, ascending, on the scale in which the triangles are straight
 * @param at where a bin lies on that scale
 */
export function triangles(bins: number, edges: readonly number[], at: (bin: number) => number): Float64Array[] {
  return Array.from({ length: bins }, (_, bin) =>
    Float64Array.from({ length: edges.length - 2 }, (_, band) => {
      const [from, middle, to] = edges.slice(band, band + 3);
      const place = at(bin);
      return Math.max(0, Math.min((place - from) / (middle - from), (to - place) / (to - middle)));
    }),
  );
}

/** `count` values from the first to the last, evenly. */
export const evenly = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
