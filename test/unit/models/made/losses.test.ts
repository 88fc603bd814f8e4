import { describe, expect, it } from 'vitest';
import { matchingLosses } from '../../../../offline/models/grounding/matching-losses.ts';
import { detectionLosses } from '../../../../offline/models/made/losses.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { gradients } from '../../../../offline/nn/autodiff.ts';
import { reshape } from '../../../../offline/nn/broadcast.ts';
import { createGraph, filled, input } from '../../../../offline/nn/graph.ts';
import { slice } from '../../../../offline/nn/layout.ts';
import { run, values } from '../../nn/run.ts';

const TARGET = [0.5, 0.2]; // from 0.4 to 0.6

/** The loss of two queries of one pair, and its gradients by the spans and the logits. */
async function ofTwoQueries(spans: readonly number[], logits: readonly number[]) {
  const graph = createGraph();
  const found = {
    spans: input(graph, 'spans', [1, 2, 2]),
    foreground: input(graph, 'logits', [1, 2, 2]),
  };
  const span = reshape(slice(found.spans, 1, 0, 1), [1, 2]); // the answer is not asked in training
  const inputs = {
    weight: input(graph, 'weight', [1, 1]),
    target: input(graph, 'target', [1, 2]),
    inside: input(graph, 'inside', [1, 1]),
  };
  const { detection: total } = detectionLosses(PRESETS['ablation-12'], [{ ...found, span }], undefined, inputs);
  const [dSpans, dLogits] = gradients(new Map([[total, filled(graph, 1, [])]]), [found.spans, found.foreground]);
  const out = await run(
    graph,
    { total, dSpans: dSpans!, dLogits: dLogits! },
    {
      spans: values([1, 2, 2], ...spans),
      logits: values([1, 2, 2], ...logits),
      target: values([1, 2], ...TARGET),
      weight: values([1, 1], 1),
    },
  );
  return { total: out.total.data[0], dSpans: [...out.dSpans.data], dLogits: [...out.dLogits.data] };
}

describe('the detection loss of two queries', () => {
  it('matches the moment to the nearer one when both are as likely foreground', async () => {
    // The first is the moment itself: no distance, gIoU 1. Foreground: ln 2 for it and a tenth of that for the other, 0.8 of the mean.
    const { total, dSpans, dLogits } = await ofTwoQueries([0.5, 0.2, 0.2, 0.2], [0, 0, 0, 0]);
    expect(total).toBeCloseTo(0.8 * 0.55 * Math.LN2, 6);
    expect(dSpans.slice(2)).toEqual([0, 0]);
    // Half of 0.8 times (probability - truth), and a tenth of it for the background.
    for (const [i, expected] of [-0.2, 0.2, 0.02, -0.02].entries()) expect(dLogits[i]).toBeCloseTo(expected, 6);
  });

  it('matches it to a less near one that is far likelier foreground', async () => {
    // From 0.45 to 0.65: overlap 0.15 of a union of 0.25, gIoU 0.6; L1 is the mean of 0.05 and 0.
    const { total, dSpans } = await ofTwoQueries([0.5, 0.2, 0.55, 0.2], [-10, 10, 10, -10]);
    expect(total).toBeCloseTo(0.025 + 0.4, 5);
    expect(dSpans.slice(0, 2)).toEqual([0, 0]);
    expect(dSpans[2]).toBeGreaterThan(0.5);
  });

  it('keeps to the nearer one when the other is only as much likelier as its distance costs', async () => {
    // Costs by hand: -1 - 4p for the first; 0.5 - 0.6 - 4q for the second, the lower from q - p = 0.225 on.
    const logOdds = (p: number) => Math.log(p / (1 - p));
    const chosen = async (p: number, q: number) =>
      (await ofTwoQueries([0.5, 0.2, 0.55, 0.2], [logOdds(p), 0, logOdds(q), 0])).dSpans[2] === 0 ? 'first' : 'second';
    expect(await chosen(0.4, 0.62)).toBe('first');
    expect(await chosen(0.4, 0.63)).toBe('second');
  });
});

it('is one InfoNCE for each term of the similarities', async () => {
  const ofTerms = async (count: number) => {
    const graph = createGraph();
    const both = { terms: Array(count).fill(input(graph, 'similarity', [2, 2])) };
    const targets = { negatives: input(graph, 'negatives', [2, 2]), inside: input(graph, 'inside', [2, 1]) };
    const { matching } = matchingLosses(both, input(graph, 'log_scale', []), targets, 0);
    const out = await run(
      graph,
      { matching },
      {
        similarity: values([2, 2], 1, 1, 1, 1),
        negatives: values([2, 2], 0, 0, 0, 0),
        log_scale: values([], 0),
      },
    );
    return out.matching.data[0];
  };
  expect(await ofTerms(1)).toBeCloseTo(Math.LN2, 6); // two tracks that suit a video alike
  expect(await ofTerms(2)).toBeCloseTo(2 * Math.LN2, 6);
});
