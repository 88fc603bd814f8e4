/**
 * CED-Tiny: five seconds of sound to a vector of 192.
 *
 * Dinkel et al., "CED: Consistent ensemble distillation for audio tagging" (ICASSP 2024). A vision transformer over patches of 16 x 16 of a
 * log-mel spectrogram of 64 bands, normalised band by band, with one position for a patch's time and one for its pitch. The token is the mean
 * over the patches that its classifier reads. It was trained on ten seconds and takes less: the time positions are cut. The spectrogram is
 * torchaudio's MelSpectrogram (512 samples every 160, HTK's mel scale, 0 to 8 kHz) in dB, at most 120 below its largest value.
 * Sizes and names are those of https://github.com/jimbozhang/hf_transformers_custom_model_ced, as mispeech/ced-tiny has them.
 * Written from these, and tested with drawn weights: the published file was not at hand.
 */
import { reshape } from '../nn/broadcast.ts';
import { convolve } from '../nn/convolve.ts';
import { add, gelu, log, maximum, multiply, scale } from '../nn/elementwise.ts';
import { constant, createGraph, emit, input, scalar, type Tensor } from '../nn/graph.ts';
import { transpose } from '../nn/layout.ts';
import { max, mean } from '../nn/reduce.ts';
import { FUSED, withFused } from './fused-names.ts';
import { evenly, hann, melPower, triangles } from './mel-front.ts';
import { asTokens, blocks, norm, parameter, type Tower, type Weights } from './vit.ts';

export interface CedSizes {
  samples: number;
  bands: number;
  patch: number;
  /** Time positions that were trained: 1012 frames. */
  trained: number;
  width: number;
  heads: number;
  layers: number;
  hidden: number;
}

export const CED_TINY: CedSizes = {
  samples: 80_000,
  bands: 64,
  patch: 16,
  trained: 63,
  width: 192,
  heads: 3,
  layers: 12,
  hidden: 768,
};

const [TRANSFORM, HOP] = [512, 160];

/**
 * The model file: `waveform` [N, samples] -> `embedding` [N, width].
 * @throws Error naming the parameter when the weights do not fit the sizes
 */
export function cedTower(weights: Weights, sizes: CedSizes = CED_TINY): Uint8Array {
  const { samples, bands, patch, width, layers, trained } = sizes;
  const graph = createGraph();
  const fused = withFused(weights, (attention, kind) => `${attention}.qkv.${kind}`);
  const tower: Tower = { ...sizes, graph, weights: fused, epsilon: 1e-6, activation: gelu, names: NAMES };
  const frames = Math.floor(samples / HOP) + 1;
  const decibels = decibelsOf(melPower(input(graph, 'waveform', ['N', samples]), front(bands, frames)));
  const { gain, shift } = normalisation(tower, bands);
  const normed = add(multiply(decibels, gain), shift); // [N, T, bands]
  const picture = reshape(transpose(normed, [0, 2, 1]), ['N', 1, bands, frames]);

  const filters = parameter(tower, `${MODEL}.patch_embed.proj.weight`, [width, 1, patch, patch]);
  const bias = parameter(tower, `${MODEL}.patch_embed.proj.bias`, [width]);
  const patches = asTokens(convolve(picture, filters, patch, bias)); // [N, P, D], all times of one pitch together
  const [rows, columns] = [Math.floor(bands / patch), Math.floor(frames / patch)];
  const time = weights(`${MODEL}.time_pos_embed`, [1, width, 1, trained]);
  const pitch = weights(`${MODEL}.freq_pos_embed`, [1, width, rows, 1]);
  const places = Float32Array.from({ length: rows * columns * width }, (_, i) => {
    const [d, place] = [i % width, Math.floor(i / width)];
    return time[d * trained + (place % columns)] + pitch[d * rows + Math.floor(place / columns)];
  });
  const placed = add(patches, constant(graph, places, [rows * columns, width], 'places'));
  const layerNames = Array.from({ length: layers }, (_, i) => `${MODEL}.blocks.${i}`);
  const heard = norm(tower, `${MODEL}.norm`, blocks(tower, layerNames, placed, rows * columns));
  return emit(graph, { embedding: reshape(mean(heard, [1]), ['N', width]) });
}

function front(bands: number, frames: number) {
  const bins = TRANSFORM / 2 + 1;
  const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const edges = evenly(toMel(0), toMel(8000), bands + 2).map((mel) => 700 * (10 ** (mel / 2595) - 1));
  const mel = triangles(bins, edges, (bin) => (8000 * bin) / (bins - 1));
  return { transform: TRANSFORM, window: hann(TRANSFORM), hop: HOP, frames, mel };
}

/** 10 log10 of the power, no less than 1e-10, and no more than 120 dB below the window's largest. [N, T, bands] -> the same */
function decibelsOf(power: Tensor): Tensor {
  const { graph } = power;
  const decibels = scale(log(maximum(power, scalar(graph, 1e-10))), 10 / Math.LN10);
  return maximum(decibels, add(max(decibels, [1, 2]), scalar(graph, -120)));
}

/** BatchNorm over the bands, as what it multiplies by and adds. [bands] each */
function normalisation({ graph, weights }: Tower, bands: number): { gain: Tensor; shift: Tensor } {
  const of = (name: string) => weights(`${MODEL}.init_bn.${name}`, [bands]);
  const [weight, bias, centre, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')];
  const gain = Float32Array.from(weight, (value, i) => value / Math.sqrt(variance[i] + 1e-5));
  const shift = Float32Array.from(bias, (value, i) => value - centre[i] * gain[i]);
  return {
    gain: constant(graph, gain, [bands], 'init_bn.gain'),
    shift: constant(graph, shift, [bands], 'init_bn.shift'),
  };
}

const MODEL = 'encoder';
const NAMES = {
  query: `attn.${FUSED.query}`,
  key: `attn.${FUSED.key}`,
  value: `attn.${FUSED.value}`,
  attentionOut: 'attn.proj',
  attentionNorm: 'norm1',
  feedForwardIn: 'mlp.fc1',
  feedForwardOut: 'mlp.fc2',
  feedForwardNorm: 'norm2',
};
