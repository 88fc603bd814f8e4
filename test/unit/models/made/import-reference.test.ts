import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importedCheckpoint } from '../../../../offline/commands/import-reference.ts';
import { groundAll } from '../../../../offline/ground-all.ts';
import { openMade } from '../../../../offline/models/made/grounder.ts';
import { importReference } from '../../../../offline/models/made/import-reference.ts';
import type { NamedTensor } from '../../../../offline/nn/safetensors.ts';
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
    expect(() => importReference(stateDict(), { ...config, detr_dim_feedforward: 128 })).toThrow(
      'of shape [128, 32], got [64, 32]',
    );
    expect(() => importReference(stateDict(), { ...config, detr_dec_layers: 1 })).toThrow(
      'expected the reference’s tensors only'.replace('’', "'"),
    );
    expect(() => importReference(stateDict(), { ...config, dim_input: undefined })).toThrow('"dim_input"');
  });
});
