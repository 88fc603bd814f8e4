/**
 * The sizes of a network of the reference implementation: what its weights' own shapes say, what its config says beside that, and
 * the published values for the rest.
 *
 * Weights are published without a config, and nearly all of it stands in their shapes. Attention's heads do not: [3d, d] is the
 * same for any number of them. Where shapes and a config disagree, one of them belongs to another network.
 */

import type { NamedTensor } from '../../formats/safetensors.ts';
import { type MadeConfig, reference } from './config.ts';

/** The reference's names for its sizes. */
export interface ReferenceConfig {
  dim_input: number;
  SA_temporal_heads: number;
  detr_nheads: number;
  detr_dim_feedforward: number;
  detr_enc_layers: number;
  detr_dec_layers: number;
  max_m_duration: number;
  max_v_frames: number;
  frame_dim: number;
  segment_dim: number;
  enhancement_ffn: number;
  temperature_init: number;
}

type Key = keyof ReferenceConfig;
type Tensors = ReadonlyMap<string, NamedTensor>;

/** Where in the weights a size stands: an axis of a tensor. */
const SHAPES = {
  dim_input: ['vit_proj.weight', 0],
  frame_dim: ['vit_proj.weight', 1],
  segment_dim: ['ast_proj.weight', 1],
  enhancement_ffn: ['video_transformer.layers.0.3.0.weight', 0],
  detr_dim_feedforward: ['detr_transformer.decoder.layers.0.linear1.weight', 0],
} as const satisfies Partial<Record<Key, readonly [tensor: string, axis: number]>>;

/** And a number of layers: how often there is a tensor of that name. */
const LAYERS = {
  detr_enc_layers: 'detr_transformer.encoder.layers.',
  detr_dec_layers: 'detr_transformer.decoder.layers.',
} as const satisfies Partial<Record<Key, string>>;

/** Published values (paper §4.1.3, and the reference's defaults) of what no weight's shape shows. */
const PUBLISHED = {
  SA_temporal_heads: reference.heads.enhancement,
  detr_nheads: reference.heads.detection,
  max_m_duration: reference.maxDurationSec,
  max_v_frames: reference.maxFrames,
  temperature_init: reference.temperature,
} as const satisfies Partial<Record<Key, number>>;

/**
 * Our config of given weights, and the keys that were taken from PUBLISHED.
 * @param said the reference's config, or as much of it as there is; max_m_duration in seconds
 * @throws Error naming both where the config and the weights disagree, and the tensor or the key that is missing or no size
 */
export function configOf(
  tensors: Tensors,
  said: Partial<ReferenceConfig>,
): { config: MadeConfig; assumed: Partial<ReferenceConfig> } {
  const assumed: Partial<ReferenceConfig> = {};
  const sizes = {} as ReferenceConfig;
  for (const key of Object.keys(SHAPES) as (keyof typeof SHAPES)[])
    sizes[key] = agreed(key, said, sizeIn(tensors, key));
  for (const key of Object.keys(LAYERS) as (keyof typeof LAYERS)[])
    sizes[key] = agreed(key, said, layersIn(tensors, key));
  for (const key of Object.keys(PUBLISHED) as (keyof typeof PUBLISHED)[]) {
    if (said[key] === undefined) assumed[key] = PUBLISHED[key];
    sizes[key] = saidNumber(key, said) ?? PUBLISHED[key];
  }
  for (const key of ['SA_temporal_heads', 'detr_nheads'] as const)
    if (sizes.dim_input % sizes[key])
      throw new Error(
        `config: expected "${key}" to divide the width ${sizes.dim_input}, got ${sizes[key]}${key in assumed ? ', the published value' : ''}. Give it in --config: {"${key}": …}.`,
      );
  return { config: networkOf(sizes, tensors), assumed };
}

function networkOf(sizes: ReferenceConfig, tensors: Tensors): MadeConfig {
  return {
    ...reference,
    frameWidth: sizes.frame_dim,
    segmentWidth: sizes.segment_dim,
    width: sizes.dim_input,
    heads: { enhancement: sizes.SA_temporal_heads, detection: sizes.detr_nheads },
    enhancementFfn: sizes.enhancement_ffn,
    detectionFfn: sizes.detr_dim_feedforward,
    encoderLayers: sizes.detr_enc_layers,
    decoderLayers: sizes.detr_dec_layers,
    maxFrames: sizes.max_v_frames,
    maxDurationSec: sizes.max_m_duration,
    maxSegments: Math.floor(sizes.max_m_duration / reference.strideSec),
    temperature: sizes.temperature_init,
    decoderSelfAttention: tensors.has('detr_transformer.decoder.layers.0.self_attn.in_proj_weight'),
  };
}

interface FromWeights {
  value: number;
  /** A sentence's subject. */
  source: string;
}

function agreed(key: Key, said: Partial<ReferenceConfig>, { value, source }: FromWeights): number {
  const given = saidNumber(key, said);
  if (given !== undefined && given !== value)
    throw new Error(
      `config: expected "${key}" as the weights have it, ${value} (${source}), got ${given}. Give the config of these weights, or leave the key out.`,
    );
  return value;
}

function saidNumber(key: Key, said: Partial<ReferenceConfig>): number | undefined {
  const value = said[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0))
    throw new Error(
      `config: expected a number above 0 for "${key}", got ${JSON.stringify(value)}. Give the reference's own config keys, or leave it out.`,
    );
  return value;
}

function sizeIn(tensors: Tensors, key: keyof typeof SHAPES): FromWeights {
  const [name, axis] = SHAPES[key];
  const shape = tensors.get(name)?.shape;
  if (!shape)
    throw new Error(`weights: expected a tensor "${name}", found none. Give the whole state dict of the reference.`);
  if (shape.length !== 2)
    throw new Error(`weights: expected "${name}" as a matrix, got the shape [${shape.join(', ')}]. Export it again.`);
  return { value: shape[axis], source: `"${name}" of shape [${shape.join(', ')}]` };
}

function layersIn(tensors: Tensors, key: keyof typeof LAYERS): FromWeights {
  const prefix = LAYERS[key];
  const layers = new Set(
    [...tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split('.')[0]),
  );
  return { value: layers.size, source: `"${prefix}0" to "${prefix}${layers.size - 1}"` };
}
