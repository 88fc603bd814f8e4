/**
 * The MobileNets of EfficientAT (mn04_as, mn10_as): five seconds of sound to a vector of 384 or 960.
 *
 * Schmid, Koutini and Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge distillation" (ICASSP 2023). MobileNetV3
 * large (Howard et al., 2019) on a log-mel spectrogram of 128 bands, its batch norms folded into the convolutions; the token is the mean over
 * time and pitch that its classifier reads. Sizes and names are those of models/mn and models/preprocess.py in
 * https://github.com/fschmid56/EfficientAT. Written from these, and tested with drawn weights: the published file was not at hand.
 *
 * It was trained at 32 kHz, and everything here is heard at 16 kHz. Its transform of 1,024 samples has the frequencies that one of 512
 * has at 16 kHz, so what is below 8 kHz is the same but for a factor (half the samples under the window: power a quarter) and the filter before
 * it, whose gain is known for each frequency. The bands above 8 kHz are silent, as they are in any recording that was made at 16 kHz.
 */
import { reshape } from '../nn/broadcast.ts';
import { add, log, multiply, relu, scale, sigmoid } from '../nn/elementwise.ts';
import {
  apply,
  constant,
  createGraph,
  emit,
  fixed,
  type Graph,
  input,
  scalar,
  type Tensor,
  within,
} from '../nn/graph.ts';
import { transpose } from '../nn/layout.ts';
import { mean } from '../nn/reduce.ts';
import { evenly, hann, melPower, triangles } from './mel-front.ts';
import type { Weights } from './vit.ts';

export interface MnSizes {
  samples: number;
  /** What every number of channels is multiplied by. */
  width: number;
}

export const MN04: MnSizes = { samples: 80_000, width: 0.4 };
export const MN10: MnSizes = { samples: 80_000, width: 1 };

const [TRANSFORM, WINDOW, HOP, BANDS] = [512, 400, 160, 128];

/** Kernel, channels within, channels out, squeeze and excitation, hard swish, stride: MobileNetV3 large, table 1 of its paper. */
const BLOCKS = [
  [3, 16, 16, false, false, 1],
  [3, 64, 24, false, false, 2],
  [3, 72, 24, false, false, 1],
  [5, 72, 40, true, false, 2],
  [5, 120, 40, true, false, 1],
  [5, 120, 40, true, false, 1],
  [3, 240, 80, false, true, 2],
  [3, 200, 80, false, true, 1],
  [3, 184, 80, false, true, 1],
  [3, 184, 80, false, true, 1],
  [3, 480, 112, true, true, 1],
  [3, 672, 112, true, true, 1],
  [5, 672, 160, true, true, 2],
  [5, 960, 160, true, true, 1],
  [5, 960, 160, true, true, 1],
] as const;

interface Net {
  graph: Graph;
  weights: Weights;
}

/**
 * The model file: `waveform` [N, samples] -> `embedding` [N, 6 · 160 · width].
 * @throws Error naming the parameter when the weights do not fit the sizes
 */
export function mnTower(weights: Weights, { samples, width }: MnSizes): Uint8Array {
  const graph = createGraph();
  const net: Net = { graph, weights };
  const channels = (count: number) => toEights(count * width);
  let x = picture(input(graph, 'waveform', ['N', samples])); // [N, 1, bands, T]
  x = hardSwish(convolution(net, x, 'features.0', { kernel: 3, outputs: channels(16), stride: 2 }));
  for (const [i, [kernel, inner, outputs, excite, swish, stride]] of BLOCKS.entries()) {
    const name = `features.${i + 1}`;
    const sizes = { kernel, inner: channels(inner), outputs: channels(outputs), stride };
    x = within(graph, name, () => block(net, x, name, { ...sizes, excite, swish }));
  }
  const last = 6 * channels(BLOCKS[BLOCKS.length - 1][2]);
  x = hardSwish(convolution(net, x, `features.${BLOCKS.length + 1}`, { kernel: 1, outputs: last, stride: 1 }));
  return emit(graph, { embedding: reshape(mean(x, [2, 3]), ['N', last]) });
}

/** A multiple of eight, and not a tenth less than it was. */
function toEights(count: number): number {
  const near = Math.max(8, Math.floor((count + 4) / 8) * 8);
  return near < 0.9 * count ? near + 8 : near;
}

interface BlockSizes {
  kernel: number;
  inner: number;
  outputs: number;
  stride: number;
  excite: boolean;
  swish: boolean;
}

/** Widened, convolved channel by channel, weighed, narrowed; added to what came in where that has the same shape. */
function block(net: Net, x: Tensor, name: string, sizes: BlockSizes): Tensor {
  const { kernel, inner, outputs, stride, excite, swish } = sizes;
  const act = swish ? hardSwish : relu;
  const inputs = fixed(x.shape[1]);
  let part = 0;
  const next = () => `${name}.block.${part++}`;
  let y = x;
  if (inner !== inputs) y = act(convolution(net, y, next(), { kernel: 1, outputs: inner, stride: 1 }));
  y = act(convolution(net, y, next(), { kernel, outputs: inner, stride, each: true }));
  if (excite) y = excited(net, y, `${next()}.conc_se_layers.0`);
  y = convolution(net, y, next(), { kernel: 1, outputs, stride: 1 });
  return stride === 1 && inputs === outputs ? add(y, x) : y;
}

/** Each channel by how much all of it says it counts (Hu et al., CVPR 2018). */
function excited(net: Net, x: Tensor, name: string): Tensor {
  const count = fixed(x.shape[1]);
  const squeezed = toEights(Math.floor(count / 4));
  const said = relu(pointwise(net, mean(x, [2, 3]), `${name}.fc1`, squeezed));
  return multiply(x, sigmoid(pointwise(net, said, `${name}.fc2`, count)));
}

/** A matrix over the channels of one place. x [N, C, 1, 1] -> [N, outputs, 1, 1] */
function pointwise({ graph, weights }: Net, x: Tensor, name: string, outputs: number): Tensor {
  const inputs = fixed(x.shape[1]);
  const weight = weights(`${name}.weight`, [outputs, inputs]);
  const matrix = constant(graph, weight, [outputs, inputs, 1, 1], `${name}.weight`);
  const bias = constant(graph, weights(`${name}.bias`, [outputs]), [outputs], `${name}.bias`);
  return apply('Conv', [x, matrix, bias], [x.shape[0], outputs, 1, 1], { attributes: {} });
}

interface Convolution {
  kernel: number;
  outputs: number;
  stride: number;
  /** Each channel by itself. */
  each?: boolean;
}

/** With the batch norm behind it: its gain in the weights, its shift as the bias. Padded so that a stride of 1 keeps the size. */
function convolution({ graph, weights }: Net, x: Tensor, name: string, sizes: Convolution): Tensor {
  const { kernel, outputs, stride, each = false } = sizes;
  const [batch, inputs, ...extent] = x.shape;
  const shape = [outputs, each ? 1 : fixed(inputs), kernel, kernel];
  const normed = (part: string) => weights(`${name}.1.${part}`, [outputs]);
  const [gain, bias, centre, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(normed);
  const factor = gain.map((value, o) => value / Math.sqrt(variance[o] + 1e-3));
  const each1 = shape[1] * kernel * kernel;
  const weight = weights(`${name}.0.weight`, shape).map((value, i) => value * factor[Math.floor(i / each1)]);
  const shift = bias.map((value, o) => value - centre[o] * factor[o]);
  const pad = (kernel - 1) / 2;
  const after = extent.map((size) => Math.floor((fixed(size) + 2 * pad - kernel) / stride) + 1);
  const parts = [constant(graph, weight, shape, `${name}.weight`), constant(graph, shift, [outputs], `${name}.bias`)];
  return apply('Conv', [x, ...parts], [batch, outputs, ...after], {
    attributes: { strides: [stride, stride], pads: [pad, pad, pad, pad], group: each ? outputs : 1 },
  });
}

/** x · min(max(x + 3, 0), 6) / 6 */
const hardSwish = (x: Tensor): Tensor => apply('HardSwish', [x], x.shape);

/** The spectrogram as it was trained with: bands by time. samples [N, L] -> [N, 1, bands, T] */
function picture(samples: Tensor): Tensor {
  const { graph } = samples;
  const frames = Math.floor(fixed(samples.shape[1]) / HOP);
  const power = melPower(samples, {
    transform: TRANSFORM,
    window: hann(WINDOW, true),
    hop: HOP,
    frames,
    mel: bandsOf(),
  });
  const heard = scale(add(log(add(power, scalar(graph, 1e-5))), scalar(graph, 4.5)), 1 / 5);
  return reshape(transpose(heard, [0, 2, 1]), [samples.shape[0], 1, BANDS, frames]);
}

/** Kaldi's triangles from 0 to 15 kHz, with what 32 kHz and its filter (y = x − 0.97 of the sample before) make of each frequency. */
function bandsOf(): Float64Array[] {
  const bins = TRANSFORM / 2 + 1;
  const hertz = (bin: number) => (16_000 * bin) / TRANSFORM;
  const toMel = (frequency: number) => 1127 * Math.log(1 + frequency / 700);
  const edges = evenly(toMel(0), toMel(15_000), BANDS + 2);
  const gain = (bin: number) => 4 * (1 + 0.97 ** 2 - 2 * 0.97 * Math.cos((2 * Math.PI * hertz(bin)) / 32_000));
  return triangles(bins, edges, (bin) => toMel(hertz(bin))).map((row, bin) => row.map((value) => value * gain(bin)));
}
