/** The reference network's numbers (small configuration): parameters, inputs, intermediates, losses, gradients. */
import { readFileSync } from 'node:fs';
import { decodeSafetensors, type NamedTensor } from '../../../../offline/formats/safetensors.ts';
import { type MadeConfig, reference } from '../../../../offline/models/made/config.ts';
import { layoutOf } from '../../../../offline/models/made/network.ts';
import { referenceName } from '../../../../offline/models/made/reference-names.ts';
import type { Graph, Tensor } from '../../../../offline/nn/graph.ts';
import { view } from '../../../../offline/nn/parameters.ts';
import type { Values } from '../../../../offline/nn/session.ts';

const folder = new URL('../../../fixtures/made/', import.meta.url);

interface Trajectory {
  lr: number;
  total: number;
  matching: number;
  localization: number;
  grad_norms: { temporal: number; matching: number; detection: number };
}
/** The parts of the loss; those of the decoder's layers before the last have `_<layer>` behind their name. */
interface Losses {
  infonce_dual: number;
  infonce_xpool: number;
  matching_loss: number;
  localization_loss: number;
  total: number;
  detail: Record<string, number>;
}
interface Numbers {
  weight_dict: Record<string, number>;
  loss_aligned_0_2_3: Losses;
  loss_duplicate_0_2_0: Losses;
  trajectory: Trajectory[];
}

const file = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as {
  f32: Numbers;
  shapes: Record<string, number[]>;
};

export const numbers = file.f32;

/** Of every tensor that there should be. */
export const goldenShapes = file.shapes;

const { tensors } = decodeSafetensors(readFileSync(new URL('golden_small_f32.safetensors', folder)));

export function golden(name: string): NamedTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no golden tensor ${name}`);
  return tensor;
}

export const goldenNames = [...tensors.keys()];

export const config: MadeConfig = {
  ...reference,
  width: 32,
  heads: { enhancement: 4, detection: 4 },
  detectionFfn: 64,
  decoderLayers: 2,
  maxFrames: 10,
  maxSegments: 14,
  maxDurationSec: 35,
  dropout: { enhancement: 0, matching: 0, detection: 0 },
};

export const layout = layoutOf(config);

/** θ of the golden run. */
export function goldenTheta(of = layout): Float32Array {
  const theta = new Float32Array(of.size);
  for (const { name } of of.parameters) view(of, theta, name).set(golden(`param.${referenceName(name)}`).data);
  return theta;
}

/** Rows of a [N, ...] tensor, in the order given. */
export function rows({ data, shape }: NamedTensor, wanted: readonly number[]): NamedTensor {
  const size = data.length / shape[0];
  const out = new Float32Array(size * wanted.length);
  wanted.forEach((row, i) => {
    out.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { data: out, shape: [wanted.length, ...shape.slice(1)] };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`expected ${b.length} values, got ${a.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** Each item along the first axis. */
export function rowsOf({ data, shape }: Values): Float32Array[] {
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => data.slice(i * size, (i + 1) * size));
}

/** What a layer or block made: the output of the last node built within it. @param place as `within` names it, a/b */
export function madeAt(graph: Graph, place: string): Tensor {
  const last = graph.nodes.findLast((node) => node.place === place || node.place.startsWith(`${place}/`));
  if (!last) throw new Error(`no node in ${place}`);
  return last.outputs[0];
}

/** The outputs of a layer norm, in order of use where it is used several times. */
export function normsAt(graph: Graph, place: string): Tensor[] {
  return graph.nodes
    .filter((node) => node.place === place && node.op === 'LayerNormalization')
    .map((node) => node.outputs[0]);
}
