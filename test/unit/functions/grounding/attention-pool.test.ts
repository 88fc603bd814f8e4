import { describe, expect, it } from 'vitest';
import { attend } from '../../../../functions/grounding/attention-pool.ts';
import { meanVector } from '../../../../functions/grounding/rank.ts';
import { dequantiseTokens, trackTokens } from '../../../../index/format/token-shard.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import { layoutOf } from '../../../../offline/models/made/network.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { padded } from '../../../../offline/nn/tokens.ts';
import { largestDifference } from '../../models/made/golden.ts';
import { runPart, thetaOf, tiny, values } from '../../models/made/two-pairs.ts';

/** Lengths with every remainder of four, which is how many segments are pooled in one pass. */
const LENGTHS = [1, 2, 3, 4, 5, 8, 9, 10];
const WIDTH = 16;
const random = createRandom('attention pool');
const held = LENGTHS.map((length) =>
  trackTokens(
    Float32Array.from({ length: length * WIDTH }, () => 3 * random.normal()),
    WIDTH,
  ),
);
const frames = values(
  Float32Array.from({ length: 5 * 4 }, () => random.normal()),
  [1, 5, 4],
);
const mask = values([1, 1, 1, 1, 1], [1, 5]);

describe.each(['both', 'h0', 'h1', 'summed', 'averaged'] as const)('with matching %s', (matching) => {
  const config = tiny({ ...PRESETS.paper, matching });
  const theta = thetaOf(layoutOf(config));

  it('gives the relevance of the network, from bytes', async () => {
    const { outputs: video } = await runPart(config, 'clip', { theta, inputs: { frames, frame_mask: mask } });
    const { tokens, mask: segmentMask } = padded(
      held.map((track) => ({ data: dequantiseTokens(track), count: track.segments })),
      WIDTH,
    );
    const { outputs: whole } = await runPart(config, 'relevance', {
      theta,
      inputs: { h_v: video.h_v, segment_tokens: tokens, segment_mask: segmentMask },
    });
    const { pooled, weights } = attend(video.question.data as Float32Array, held);
    const means = values(
      held.flatMap((track) => [...meanVector(track, WIDTH)]),
      [held.length, WIDTH],
    );
    const { outputs: ranked } = await runPart(config, 'rank', {
      theta,
      inputs: { h_v: video.h_v, h_0: means, pooled: values(pooled, [held.length, WIDTH]) },
    });
    expect(largestDifference(ranked.relevance.data, whole.relevance.data)).toBeLessThan(1e-5);
    for (const [i, curve] of weights.entries()) {
      expect(curve.length).toBe(LENGTHS[i]);
      expect(curve.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  });
});

it('gives a token without any value no say but its share', () => {
  const silent = trackTokens(new Float32Array(2 * WIDTH), WIDTH);
  const { pooled, weights } = attend(new Float32Array(WIDTH).fill(1), [silent]);
  expect([...weights[0]]).toEqual([0.5, 0.5]);
  expect(pooled.every((value) => value === 0)).toBe(true);
});
