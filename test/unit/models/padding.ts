/** A system answers alike for a pair alone, for pairs packed, and for pairs padded with anything to any length. */
import { expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Detection } from '../../../offline/models/detr.ts';
import type { BaseConfig, ModelFamily } from '../../../offline/models/family.ts';
import type { RawPair } from '../../../offline/models/pair-grounder.ts';
import { tokenInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { createGraph } from '../../../offline/nn/graph.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import { initialValues, valueSource } from '../../../offline/nn/parameters.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { padded } from '../../../offline/nn/tokens.ts';
import { run } from '../nn/run.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { largestDifference } from './golden-baselines.ts';

type Network<C> = (b: Builder, config: C, pairs: RawPair) => { detections: readonly Detection[] };

export function testPadding<C extends BaseConfig>(family: ModelFamily<C>, network: Network<C>, config: C): void {
  const layout = family.layout(config);
  const theta = initialValues(layout, createRandom('padding'));
  const pairs = fivePairs(config);

  test('a moment is the same alone, packed with other pairs, and padded with anything', async () => {
    const model = await family.open(config, layout, theta, { threads: 1 });
    const [clips, tracks] = [
      await model.clips(pairs.map((pair) => pair.frames)),
      await model.tracks(pairs.map((pair) => pair.segments)),
    ];
    const together = await model.moments!(
      clips,
      tracks,
      pairs.map((_, i) => [i, i] as const),
    );
    for (const i of pairs.keys()) {
      const alone = await model.moments!(clips, tracks, [[i, i]]);
      expect(largestDifference(alone, together.subarray(2 * i, 2 * i + 2))).toBeLessThan(2e-6);
    }
    await model.close();

    const graph = createGraph();
    const b = { graph, parameters: valueSource(layout, graph, theta), dropout: noDropout };
    const { span } = network(b, config, tokenInputs(graph, config, 'padded')).detections.at(-1)!;
    for (const garbage of [0, 1e3, -7])
      for (const longer of [0, 2]) {
        const out = await run(graph, { span }, paddedWith(garbage, longer));
        expect(largestDifference(out.span.data, together), `${garbage} in ${longer} more`).toBeLessThan(2e-6);
      }
  });

  /** @param longer slots more than the longest pair needs */
  function paddedWith(garbage: number, longer: number): Record<string, Input> {
    const side = (kind: 'frames' | 'segments', width: number) => {
      const { tokens, mask } = padded(
        pairs.map((pair) => pair[kind]),
        width,
      );
      const [batch, length] = mask.shape;
      const wide = new Float32Array(batch * (length + longer) * width).fill(garbage);
      const real = new Float32Array(batch * (length + longer));
      for (let i = 0; i < batch; i++)
        for (let row = 0; row < length && mask.data[i * length + row]; row++) {
          const [from, to] = [(i * length + row) * width, (i * (length + longer) + row) * width];
          wide.set(tokens.data.subarray(from, from + width), to);
          real[i * (length + longer) + row] = 1;
        }
      return [
        { data: wide, shape: [batch, length + longer, width] },
        { data: real, shape: [batch, length + longer] },
      ];
    };
    const [[frames, frameMask], [segments, segmentMask]] = [
      side('frames', config.frameWidth),
      side('segments', config.segmentWidth),
    ];
    return { frames, frame_mask: frameMask, segments, segment_mask: segmentMask };
  }
}
