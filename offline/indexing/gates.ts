/**
 * What an index must show before it is answered from. All thresholds stand here, each with its reason.
 *
 * A gate fails on what a user would notice or a platform would refuse, not on a machine's bad day: where a number depends on the
 * machine, the limit is several times what is aimed at.
 */
import type { Latency } from './measure-latency.ts';
import type { ModelMeasured } from './measure-model.ts';
import type { Retrieval } from './measure-retrieval.ts';
import type { Sizes } from './sizes.ts';

export interface Gate {
  /** What is measured, for people. */
  name: string;
  measured: number;
  limit: number;
  /** Whether it must be at least or at most the limit. */
  is: 'at least' | 'at most';
  unit: '' | 'MiB' | 'MB' | 'ms' | 's';
  passed: boolean;
  why: string;
}

export interface Measured {
  retrieval: Retrieval;
  /** Absent where there was no model to compare with: an index that only lost tracks. */
  model?: ModelMeasured;
  sizes: Sizes;
  latency: { node: Latency; workerd?: Latency };
}

const MIB = 2 ** 20;
/** A tenth of a segment, which is the resolution that the decoder sees places with. */
const MOVED_SEC = 0.25;

/** Four times what was seen: one moment of twenty, or one where there are few. */
const ELSEWHERE = 0.05;

export function gatesOf({ retrieval, model, sizes, latency }: Measured): Gate[] {
  const gates = [
    atLeast(
      'recall@10 of the search',
      retrieval.at10,
      0.99,
      'of a hundred tracks that belong among the first ten, one may be missed',
    ),
    atLeast(
      'recall@100 of the search',
      retrieval.at100,
      0.75,
      'who asks for 50 moments gets the best; below this h0 alone stands badly for relevance, and more candidates are needed; 0.91 was seen at 4,000 tracks',
    ),
    atMost('largest file', sizes.largestFile / MIB, 25, 'what Workers accept as a static asset', 'MiB'),
    atMost('largest shard', sizes.largestShard / MIB, 8, 'read whole for one track, within a request', 'MiB'),
    atMost(
      'memory of the Worker',
      (sizes.javascriptBytes + sizes.webassemblyBytes) / 1e6,
      110,
      'of the 128 MB of an isolate, 70 for WebAssembly and 40 for buffers',
      'MB',
    ),
    atMost(
      'five moments in Node, median',
      latency.node.five.p50,
      450,
      'five times the 90 ms aimed at: a mistake, not a slow machine',
      'ms',
    ),
  ];
  if (latency.workerd)
    gates.push(atMost('five moments in workerd, median', latency.workerd.five.p50, 450, 'the same', 'ms'));
  if (!model) return gates;
  const { tokens, served, heldOut } = model;
  gates.push(
    atMost(
      'relevance moved by byte tokens, largest',
      tokens.relevance.largest,
      0.01,
      'neighbours may change places, no track appears or goes; 0.002 was seen',
    ),
    atMost(
      'start or end moved by byte tokens, mean',
      tokens.moment.meanSec,
      MOVED_SEC,
      'half a beat at 120 bpm: a bar line moves a start by up to a second; 0.003 s were seen on the music trained on, 0.07 on other, 0.21 on one track alone',
      's',
    ),
    atMost(
      'relevance moved by serving, mean',
      served.relevance.mean,
      0.005,
      'what ranks is float in the Worker, so only byte tokens move it; 0.0002 was seen',
    ),
    atMost(
      'start or end moved by serving, mean',
      served.moment.meanSec,
      MOVED_SEC,
      'the same; byte graphs add little: 0.04 s were seen',
      's',
    ),
  );
  for (const [what, { moment }] of [
    ['byte tokens', tokens],
    ['serving', served],
  ] as const)
    if (moment.elsewhere !== undefined)
      gates.push(
        atMost(
          `moments that start elsewhere by ${what}`,
          moment.elsewhere,
          Math.max(ELSEWHERE, 1.5 / model.clips),
          'where two starts are as likely either may be answered; 0.006 by tokens and 0.012 by serving were seen, and what it costs is the overlap of held-out clips',
        ),
      );
  if (!heldOut) return gates;
  const lost = (name: 'mIoU' | 'r10' | 'moR1') => heldOut.exact[name] - heldOut.served[name];
  return [
    ...gates,
    atMost('held-out mIoU lost', lost('mIoU'), 0.005, 'as `cuepoint export` allows byte matrices'),
    atMost(
      'held-out R@10 lost',
      lost('r10'),
      Math.max(0.01, 1.5 / heldOut.clips),
      'a hundredth, or one clip where there are few',
    ),
    atMost('held-out MoR@1 lost', lost('moR1'), Math.max(0.01, 1.5 / heldOut.clips), 'the same'),
  ];
}

function atLeast(name: string, measured: number, limit: number, why: string, unit: Gate['unit'] = ''): Gate {
  return { name, measured, limit, is: 'at least', unit, passed: measured >= limit, why };
}

function atMost(name: string, measured: number, limit: number, why: string, unit: Gate['unit'] = ''): Gate {
  return { name, measured, limit, is: 'at most', unit, passed: measured <= limit, why };
}
