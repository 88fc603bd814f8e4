/**
 * Where candidates come from: the bundle's own vectors, or Vectorize where the configuration says so (`RETRIEVER = "vectorize"`).
 */
import { namesIn } from '../../index/search/name-list.ts';
import { toVectorizeFilter } from '../../index/search/vectorize-record.ts';
import type { CandidateSource } from '../grounding/open-index.ts';
import { createVectorizeRetriever, type VectorizeBinding } from '../retrieve/vectorize.ts';
import { Problem } from '../schema/problem.ts';
import type { BundleOptions } from './bundle.ts';

export interface CandidateBindings {
  RETRIEVER?: string;
  VECTORIZE?: VectorizeBinding;
  /** Which fields the Vectorize index can filter by, with commas between them; the rest is filtered here. */
  VECTORIZE_FIELDS?: string;
}

/** @returns undefined for the bundle's own @throws Problem setting-broken */
export function candidatesFor({
  RETRIEVER = 'bundle',
  VECTORIZE,
  VECTORIZE_FIELDS = '',
}: CandidateBindings): BundleOptions['candidates'] {
  if (RETRIEVER === 'bundle') return undefined;
  if (RETRIEVER !== 'vectorize' || !VECTORIZE)
    throw new Problem(
      'setting-broken',
      'RETRIEVER: expected "bundle", or "vectorize" with a Vectorize index bound as VECTORIZE, got another. Mend it in wrangler.toml and deploy again.',
    );
  return (manifest, catalogue): CandidateSource => {
    const retriever = createVectorizeRetriever(VECTORIZE, {
      namespace: manifest.indexVersion,
      count: catalogue.count,
      dim: manifest.model.width,
    });
    const { live, liveCount } = catalogue;
    return {
      async search(query, wanted, _ef, allowed) {
        const accept = allowed?.accept ?? ((label) => live[label] === 1);
        const count = allowed ? (allowed.count ?? live.filter((_, label) => accept(label)).length) : liveCount;
        const { filters, exclude, columns } = allowed ?? {};
        const conditions = columns && toVectorizeFilter(filters, exclude, columns, namesIn(VECTORIZE_FIELDS));
        const { labels, filled } = await retriever
          .search(query, wanted, { accept, count }, conditions)
          .catch((cause: unknown) => {
            throw unavailable(cause);
          });
        // Not wrong, since relevance is computed from the tokens, but worth a look: vectors are missing, or not visible yet.
        if (filled > 0)
          console.warn(JSON.stringify({ event: 'vectorize-filled', filled, indexVersion: manifest.indexVersion }));
        return labels;
      },
    };
  };
}

function unavailable(cause: unknown): Problem {
  return new Problem('candidates-unavailable', 'search: expected candidates from Vectorize, got none. Try again.', {
    headers: { 'Retry-After': '1' },
    cause,
  });
}
