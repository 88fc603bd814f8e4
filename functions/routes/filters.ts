/** GET /v1/filters: what can be asked for in `filters`, and how many tracks there are of it, of all or under filters. */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type { Facet } from '../../index/format/facets.ts';
import { amongOf, facetOf } from '../../index/search/facets.ts';
import { compileFilter, FilterError, type Filters } from '../../index/search/filter.ts';
import type { OpenCatalogue } from '../../index/search/open-catalogue.ts';
import { tagged } from '../etag.ts';
import { CLIP_FIELDS } from '../field-problem.ts';
import type { OpenIndex } from '../grounding/open-index.ts';
import { filtersOperation } from '../openapi.ts';
import { readQuery } from '../query.ts';
import { theIndex } from '../runtime/current-index.ts';
import { type FiltersAnswer, filtersQuery } from '../schema/filters.ts';
import { Problem } from '../schema/problem.ts';
import type { Bindings, Service } from '../service.ts';

/** What of an index this route needs. */
type Filtered = Pick<OpenIndex, 'catalogue'> & { manifest: { indexVersion: string } };

/** @param open gives the index that is served now */
export function addFilters(app: Hono<Service>, open: (bindings: Bindings) => Promise<Filtered> = theIndex): void {
  app.get('/v1/filters', describeRoute(filtersOperation()), async (c) => {
    const query = new URL(c.req.url).searchParams;
    const { filters } = readQuery(filtersQuery, query, { filters: CLIP_FIELDS.filters }, { objects: ['filters'] });
    const { manifest, catalogue } = await open(c.env);
    const { indexVersion } = manifest;
    const { liveCount: tracks } = catalogue;
    const isOfAll = filters === undefined || Object.keys(filters).length === 0;
    const counted = isOfAll
      ? { tracks, matching: tracks, fields: [...(await catalogue.facets())] }
      : { tracks, ...(await countUnder(catalogue, filters)) };
    return tagged(c, { indexVersion, ...counted } satisfies FiltersAnswer);
  });
}

/** One column after the other: of a million tracks all of them would not fit. */
async function countUnder(
  catalogue: OpenCatalogue,
  filters: Filters,
): Promise<Pick<FiltersAnswer, 'matching' | 'fields'>> {
  const asked = await catalogue.columns(Object.keys(filters));
  const { matching, among } = refusing(() => ({
    matching: compileFilter(filters, undefined, asked).count,
    among: amongOf(asked, filters),
  }));
  const fields: Facet[] = [];
  for (const field of catalogue.fields) {
    const column = (await catalogue.columns([field])).column(field)!;
    fields.push(refusing(() => facetOf(column, among(field))));
  }
  return { matching, fields };
}

/** @throws Problem filters-invalid in place of a FilterError */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FilterError ? new Problem('filters-invalid', error.message) : error;
  }
}
