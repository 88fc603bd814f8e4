/** GET /v1/filters: what can be asked for in `filters`, and how many tracks of the index there are of it. */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { columnsOf } from '../../index/search/columns.ts';
import { type Facet, facetsOf } from '../../index/search/facets.ts';
import { tagged } from '../etag.ts';
import { operation } from '../openapi.ts';
import { theIndex } from '../runtime/current-index.ts';
import { type FiltersAnswer, filtersAnswer } from '../schema/filters.ts';
import type { Service } from '../service.ts';

export function addFilters(app: Hono<Service>): void {
  app.get(
    '/v1/filters',
    describeRoute(
      operation('listFilters', 'Every field that filters can ask for, with its values and their counts', filtersAnswer),
    ),
    async (c) => {
      const { manifest, tracks } = await theIndex(c.env);
      const columns = columnsOf(tracks);
      const body: FiltersAnswer = {
        indexVersion: manifest.indexVersion,
        tracks: columns.liveCount,
        fields: facetsOf(columns) satisfies Facet[],
      };
      return tagged(c, body);
    },
  );
}
