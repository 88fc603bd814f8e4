/**
 * A linear map of each raw token around the block of its side, so that the mean of what both give can be what a linear matcher finds. With few
 * training pairs that is most of what there is to find, and a block alone knows the pairs by heart before it has it (docs/experiments.md).
 *
 * It begins as the canonical correlation of the training pairs' mean frames and mean segments, each direction weighted by how much the two sides
 * go together along it, and is trained on like any other.
 */
import type { Pair } from '../../data/batch.ts';
import { addSamples, canonicalDirections, emptySums } from '../../lib/canonical-correlation.ts';
import { type Tensor, within } from '../../nn/graph.ts';
import { type Builder, linear, zero } from '../../nn/layers.ts';
import { type Layout, view } from '../../nn/parameters.ts';
import { meanToken } from '../../nn/tokens.ts';
import type { DenseStartConfig } from './config.ts';

/** Multiples of the mean variance: many clips, each with a mean of its own, need more than the few tracks they share. */
const RIDGE = { x: 0.3, y: 0.1 };
/** How long the means of what the path gives are at first, root mean square, as a share of √D, the length of a normalised row. */
const SIZE = 0.6;

/** Raw tokens, padded ones zero, [..., d] -> [..., D]. Nothing but zeros before it has begun. */
export const linearPath = (b: Builder, kind: 'video' | 'music', raw: Tensor, width: number): Tensor =>
  within(b.graph, kind, () => linear(b, `${kind}.path`, raw, width, { weight: zero, bias: zero }));

/** Sets the paths in θ by the training pairs. Where clips or tracks are all alike, or have nothing to do with each other, they stay zero. */
export function beginLinearPath(
  { canonicalDirections: most, frameWidth, segmentWidth, width }: DenseStartConfig,
  layout: Layout,
  theta: Float32Array,
  pairs: readonly Pair[],
): void {
  const sums = emptySums(frameWidth, segmentWidth);
  for (const some of Map.groupBy(pairs, ({ trackId }) => trackId).values())
    addSamples(
      sums,
      some.map(({ frames }) => meanToken(frames)),
      meanToken(some[0].segments),
    );
  const found = canonicalDirections(sums, RIDGE, Math.min(most, frameWidth, segmentWidth, width));
  if (!found) return;
  const { correlations, mean, power } = found;
  for (const [kind, side] of [
    ['video', 'x'],
    ['music', 'y'],
  ] as const) {
    const square = correlations.reduce((sum, correlation, i) => sum + correlation ** 2 * power[side][i], 0);
    if (!(square > 0)) continue;
    const scale = SIZE * Math.sqrt(width / square);
    const [weight, bias] = ['weight', 'bias'].map((part) => view(layout, theta, `${kind}.path.${part}`));
    const inputs = weight.length / width; // of the music, values of earlier uses stand behind the token's own
    for (const [row, correlation] of correlations.entries()) {
      const direction = found[side].getRow(row).map((value) => scale * correlation * value);
      weight.set(direction, row * inputs);
      bias[row] = -direction.reduce((sum, value, i) => sum + value * mean[side][i], 0);
    }
  }
}
