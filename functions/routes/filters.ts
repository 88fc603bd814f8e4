/** GET /v1/filters: what can be asked for in `filters`, and how many tracks there are of it, of all or under filters. */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { type Columns, columnsOf } from '../../index/search/columns.ts';
import { type Facet, facetsOf } from '../../index/search/facets.ts';
import { compileFilter, FilterError, type Filters } from '../../index/search/filter.ts';
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
type Filtered = Pick<OpenIndex, 'tracks'> & { manifest: { indexVersion: string } };

/** @param open gives the index that is served now */
export function addFilters(app: Hono<Service>, open: (bindings: Bindings) => Promise<Filtered> = theIndex): void {
  app.get('/v1/filters', describeRoute(filtersOperation()), async (c) => {
    const query = new URL(c.req.url).searchParams;
    const { filters } = readQuery(filtersQuery, query, { filters: CLIP_FIELDS.filters }, { objects: ['filters'] });
    const { manifest, tracks } = await open(c.env);
    const columns = columnsOf(tracks);
    return tagged(c, { indexVersion: manifest.indexVersion, ...counted(columns, filters) } satisfies FiltersAnswer);
  });
}

function counted(columns: Columns, filters: Filters | undefined): Omit<FiltersAnswer, 'indexVersion'> {
  return refusing(() => ({
    tracks: columns.liveCount,
    matching: compileFilter(filters, undefined, columns).count,
    fields: facetsOf(columns, filters) satisfies Facet[],
  }));
}

/** @throws Problem filters-invalid in place of a FilterError */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FilterError ? new Problem('filters-invalid', error.message) : error;
  }
}
