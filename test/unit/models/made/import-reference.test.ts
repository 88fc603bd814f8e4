import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importedCheckpoint } from '../../../../offline/commands/import-reference.ts';
import { groundAll } from '../../../../offline/evaluate/ground-all.ts';
import type { NamedTensor } from '../../../../offline/formats/safetensors.ts';
import { openMade } from '../../../../offline/models/made/grounder.ts';
import { importReference } from '../../../../offline/models/made/import-reference.ts';
import { golden, goldenNames, largestDifference } from './golden.ts';

const { config } = JSON.parse(readFileSync(new URL('../../../fixtures/made/golden.json', import.meta.url), 'utf8'));

/** The reference's state dict: the golden parameters without their prefix. */
function stateDict(): Map<string, NamedTensor> {
  const names = goldenNames.filter((name) => name.startsWith('param.'));
  return new Map(names.map((name) => [name.slice('param.'.length), golden(name)]));
}

/** The real rows of a padded batch, one tensor per item. */
function unpadded(prefix: string, tokens: NamedTensor, mask: NamedTensor): [string, NamedTensor][] {
  const [count, length, width] = tokens.shape;
  return Array.from({ length: count }, (_, i) => {
    const real = mask.data.subarray(i * length, (i + 1) * length).reduce((a, b) => a + b, 0);
    const data = tokens.data.slice(i * length * width, (i * length + real) * width);
    return [`${prefix}.${i}`, { shape: [real, width], data }];
  });
}

const tokens = new Map([
  ...unpadded('video', golden('input.frame_feats'), golden('input.frame_mask')),
  ...unpadded('music', golden('input.segment_feats'), golden('input.segment_mask')),
]);

async function ground(given: Map<string, NamedTensor>) {
  const imported = importReference(stateDict(), config);
  const checkpoint = importedCheckpoint(imported);
  const model = await openMade(imported.config, imported.layout, imported.theta, { threads: 1 });
  let pairs = 0;
  const grounded = await groundAll(model, checkpoint.config, checkpoint.encoders, given, (n) => {
    pairs += n;
  });
  await model.close();
  return { ...grounded, pairs };
}

describe('weights of the reference', () => {
  it('ground every video against every track as the reference does', async () => {
    const { tensors, videoIds, trackIds, pairs } = await ground(tokens);
    expect([videoIds, trackIds, pairs]).toEqual([['0', '1', '2'], ['0', '1', '2', '3'], 12]);
    expect(largestDifference(tensors.get('relevance')!.data, golden('out.ps').data)).toBeLessThan(1e-5);
    expect(largestDifference(tensors.get('h_v')!.data, golden('out.h_v').data)).toBeLessThan(1e-5);
    expect(largestDifference(tensors.get('h0')!.data, golden('out.h0').data)).toBeLessThan(1e-5);
    const spans = golden('out.pairs.pred_spans_sec').data; // [12, 2], not clipped
    for (const [name, column] of [
      ['start', 0],
      ['end', 1],
    ] as const) {
      const expected = spans.filter((_, i) => i % 2 === column);
      expect(largestDifference(tensors.get(name)!.data, expected), name).toBeLessThan(1e-5 * config.max_m_duration);
    }
  });

  it('end a moment with its track where the duration is given', async () => {
    const short = new Map([...tokens, ['duration.1', { shape: [1], data: Float32Array.of(0.5) }] as const]);
    const { tensors } = await ground(short);
    const ends = tensors.get('end')!.data;
    for (let video = 0; video < 3; video++) expect(ends[video * 4 + 1]).toBeLessThanOrEqual(0.5);
  });

  it('leave out the buffers and the contrastive layers, and nothing else', () => {
    const { leftOut } = importReference(stateDict(), config);
    expect(leftOut.sort()).toEqual([
      'audio_position_embedding.pe',
      'contrastive_align_projection_query.bias',
      'contrastive_align_projection_query.weight',
      'contrastive_align_projection_vid.bias',
      'contrastive_align_projection_vid.weight',
      'criterion.empty_weight',
      'video_position_embedding.pe',
    ]);
  });

  it('are refused when a tensor is missing, of another shape, or not of this network', () => {
    const without = stateDict();
    without.delete('vit_proj.weight');
    expect(() => importReference(without, config)).toThrow('expected a tensor "vit_proj.weight"');
    const misshapen = stateDict().set('class_embed.weight', { shape: [3, 32], data: new Float32Array(96) });
    expect(() => importReference(misshapen, config)).toThrow(
      'expected "class_embed.weight" of shape [2, 32], got [3, 32]',
    );
    const deeper = stateDict().set('video_transformer.layers.1.0.weight', { shape: [32], data: new Float32Array(32) });
    expect(() => importReference(deeper, config)).toThrow(
      'expected the reference\'s tensors only, got "video_transformer.layers.1.0.weight"',
    );
  });

  it('need no config: all that their shapes tell comes from them, heads and lengths are the published ones', () => {
    const { assumed, ...imported } = importReference(stateDict());
    const { max_v_frames: _, ...published } = assumed;
    expect(published).toEqual({ SA_temporal_heads: 8, detr_nheads: 8, max_m_duration: 240, temperature_init: 0.03 });
    expect(imported.config).toMatchObject({
      ...{ frameWidth: 512, segmentWidth: 768, width: 32, enhancementFfn: 1024, detectionFfn: 64 },
      ...{ encoderLayers: 2, decoderLayers: 2, maxFrames: 50, maxSegments: 96, decoderSelfAttention: true },
      heads: { enhancement: 8, detection: 8 },
    });
    expect(imported.theta).toEqual(importReference(stateDict(), config).theta);
  });

  it('are the same under the prefix of a training on several devices', () => {
    const prefixed = new Map([...stateDict()].map(([name, tensor]) => [`module.${name}`, tensor]));
    expect(importReference(prefixed).theta).toEqual(importReference(stateDict()).theta);
  });

  it.each([
    ['frame_dim', 768, '"frame_dim" as the weights have it, 512 ("vit_proj.weight" of shape [32, 512]), got 768'],
    ['segment_dim', 512, '"segment_dim" as the weights have it, 768 ("ast_proj.weight" of shape [32, 768]), got 512'],
    ['enhancement_ffn', 64, '"enhancement_ffn" as the weights have it, 1024 ('],
    ['dim_input', 256, '"dim_input" as the weights have it, 32 ('],
    ['detr_dim_feedforward', 128, '"detr_dim_feedforward" as the weights have it, 64 ('],
    ['detr_enc_layers', 3, '"detr_enc_layers" as the weights have it, 2 ("detr_transformer.encoder.layers.0" to'],
    ['detr_dec_layers', 1, '"detr_dec_layers" as the weights have it, 2 ("detr_transformer.decoder.layers.0" to'],
    ['detr_nheads', 5, 'expected "detr_nheads" to divide the width 32, got 5'],
    ['SA_temporal_heads', 'eight', 'expected a number above 0 for "SA_temporal_heads", got "eight"'],
  ])('and a config whose %s is %s are refused, naming both', (key, value, sentence) => {
    expect(() => importReference(stateDict(), { ...config, [key]: value })).toThrow(sentence);
  });
});
