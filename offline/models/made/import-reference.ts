/**
 * Read weights of the reference implementation: its state dict as safetensors, its config keys as JSON.
 *
 * The network they are put into is the preset `reference` with the sizes of that config; the names are translated by
 * made/reference-names.ts. Buffers (position tables, class weights) are made anew, and the two contrastive layers, whose loss is
 * always zero with one query, are left out.
 */

import { elements } from '../../nn/graph.ts';
import { type Layout, view } from '../../nn/parameters.ts';
import type { NamedTensor } from '../../nn/safetensors.ts';
import { type MadeConfig, reference } from './config.ts';
import { layoutOf } from './network.ts';
import { referenceName } from './reference-names.ts';

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

/** A network with published weights. */
export interface Imported {
  config: MadeConfig;
  layout: Layout;
  /** [P] */
  theta: Float32Array;
  /** What the file holds and this network has no place for. */
  leftOut: string[];
}

const LEFT_OUT = /(^|\.)pe$|^criterion\.|^contrastive_align_projection_/;

/** @throws Error naming the tensor or the key that is missing or of another shape. */
export function importReference(tensors: ReadonlyMap<string, NamedTensor>, given: Partial<ReferenceConfig>): Imported {
  const config = configOf(given, tensors);
  const layout = layoutOf(config);
  const theta = new Float32Array(layout.size);
  const used = new Set<string>();
  for (const { name, shape } of layout.parameters) {
    const theirs = referenceName(name);
    const found = tensors.get(theirs);
    if (!found)
      throw new Error(
        `weights: expected a tensor "${theirs}" (our ${name}), found none. Give the whole state dict and the config it was trained with.`,
      );
    if (found.data.length !== elements(shape) || (elements(shape) > 1 && found.shape.join() !== shape.join()))
      throw new Error(
        `weights: expected "${theirs}" of shape [${shape.join(', ')}], got [${found.shape.join(', ')}]. Give the config it was trained with.`,
      );
    view(layout, theta, name).set(found.data);
    used.add(theirs);
  }
  const leftOut = [...tensors.keys()].filter((name) => !used.has(name));
  const unknown = leftOut.filter((name) => !LEFT_OUT.test(name));
  if (unknown.length)
    throw new Error(
      `weights: expected the reference's tensors only, got "${unknown[0]}"${unknown.length > 1 ? ` and ${unknown.length - 1} more` : ''}. Check detr_enc_layers and detr_dec_layers in the config.`,
    );
  return { config, layout, theta, leftOut };
}

function configOf(given: Partial<ReferenceConfig>, tensors: ReadonlyMap<string, NamedTensor>): MadeConfig {
  const key = (name: keyof ReferenceConfig): number => {
    const value = given[name];
    if (typeof value !== 'number' || !(value > 0))
      throw new Error(
        `config: expected a number above 0 for "${name}", got ${JSON.stringify(value)}. Give the reference's own config keys.`,
      );
    return value;
  };
  return {
    ...reference,
    frameWidth: key('frame_dim'),
    segmentWidth: key('segment_dim'),
    width: key('dim_input'),
    heads: { enhancement: key('SA_temporal_heads'), detection: key('detr_nheads') },
    enhancementFfn: key('enhancement_ffn'),
    detectionFfn: key('detr_dim_feedforward'),
    encoderLayers: key('detr_enc_layers'),
    decoderLayers: key('detr_dec_layers'),
    maxFrames: key('max_v_frames'),
    maxDurationSec: key('max_m_duration'),
    maxSegments: Math.floor(key('max_m_duration') / reference.strideSec),
    temperature: key('temperature_init'),
    decoderSelfAttention: tensors.has('detr_transformer.decoder.layers.0.self_attn.in_proj_weight'),
  };
}
