/** MaDe as the Worker runs it: with the paper's matching, or one of its ablations. */
import { expand } from '../../nn/broadcast.ts';
import { filled, fixed, within } from '../../nn/graph.ts';
import { wholeSimilarity } from '../grounding/matching.ts';
import { relevanceOfPooled, type ServedMatching, segmentQuery, servingOf } from '../grounding/serving.ts';
import type { MadeConfig } from './config.ts';
import { madeNetwork } from './network.ts';
import { termsOf } from './variants.ts';

/** Half of the moment graph's matrices are bytes for a quarter of the time; what that costs is measured in export/compare.ts. */
export const madeServing = servingOf({
  network: (config: MadeConfig) => madeNetwork(config),
  found: ({ span }) => ({ span: span! }),
  inBytes: ['moment'],
  matching: ({ matching }) => (matching === 'h0' ? WHOLE : pooledBy(matching)),
});

/** Without X-Pool: it asks nothing, so all segments weigh alike. */
const WHOLE: ServedMatching = {
  question: ({ graph }, h) => within(graph, 'matching', () => expand(filled(graph, 0, [1, fixed(h.shape[1])]), h)),
  relevance: ({ graph }, h, h0) => within(graph, 'matching', () => wholeSimilarity(h, h0)),
};

const pooledBy = (matching: MadeConfig['matching']): ServedMatching => ({
  question: segmentQuery,
  relevance: (b, h, h0, pooled) => relevanceOfPooled(b, pooled, (h1) => termsOf(matching, h, h0, h1)),
});
