/**
 * GET /v1/tracks and GET /v1/tracks/:id: what the index holds, page by page, and one track of it.
 *
 * Pages follow the catalogue: the lines of a page are read, and of all tracks no more than the columns and texts that are asked for. A cursor names the index it belongs to, so that pages of two indexes are never taken for one list.
 */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type { TrackAnalysis } from '../../index/format/analysis-store.ts';
import { MAX_TEXT_LENGTH, type Track } from '../../index/format/catalogue.ts';
import type { OpenCues } from '../../index/format/cues.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { hasWords, wordsOf } from '../../index/format/texts.ts';
import { compileFilter } from '../../index/search/filter.ts';
import { keyName } from '../../index/search/key-name.ts';
import { tagged } from '../etag.ts';
import { CLIP_FIELDS, type FieldProblem } from '../field-problem.ts';
import type { OpenIndex } from '../grounding/open-index.ts';
import { trackOperation, tracksOperation } from '../openapi.ts';
import { previewUrl } from '../preview-url.ts';
import { readQuery } from '../query.ts';
import { theIndex } from '../runtime/current-index.ts';
import { Problem, quote } from '../schema/problem.ts';
import { MAX_TRACKS, type OneTrackAnswer, type TrackAnswer, type TracksAnswer, tracksQuery } from '../schema/tracks.ts';
import type { Bindings, Service } from '../service.ts';
import { refusing } from './filters.ts';

/** What of an index these routes need. */
export type Catalogue = Pick<OpenIndex, 'catalogue'> & {
  manifest: Pick<Manifest, 'indexVersion'>;
  analyses: { of(labels: readonly number[]): Promise<Pick<TrackAnalysis, 'waveform' | 'beatsMs' | 'downbeats'>[]> };
  cues?: Pick<OpenCues, 'cuesOf'>;
};

/** @param open gives the index that is served now */
export function addTracks(app: Hono<Service>, open: (bindings: Bindings) => Promise<Catalogue> = theIndex): void {
  app.get('/v1/tracks', describeRoute(tracksOperation()), async (c) => {
    const query = new URL(c.req.url).searchParams;
    const { limit, cursor, filters, q } = readQuery(tracksQuery, query, QUERY, {
      numbers: ['limit'],
      objects: ['filters'],
    });
    const { manifest, catalogue } = await open(c.env);
    const { indexVersion } = manifest;
    const from = cursor === undefined ? 0 : readCursor(cursor, indexVersion, catalogue.count);
    const columns = await catalogue.columns(Object.keys(filters ?? {}));
    const { accepted } = refusing(() => compileFilter(filters, undefined, columns));
    const asked = q === undefined ? labelsFrom(from, accepted) : labelsWith(wordsOf(q), catalogue, from, accepted);
    const labels: number[] = [];
    let next: number | undefined; // found, so a next page is never empty
    for await (const label of asked) {
      if (labels.length === limit) {
        next = label;
        break;
      }
      labels.push(label);
    }
    const page: TrackAnswer[] = [];
    for (const track of await catalogue.of(labels)) page.push(await describeTrack(c.env, track, indexVersion));
    const body: TracksAnswer = {
      indexVersion,
      tracks: page,
      ...(next === undefined ? {} : { next: `${indexVersion}.${next}` }),
    };
    return tagged(c, body);
  });
  app.get('/v1/tracks/:id', describeRoute(trackOperation()), async (c) => {
    const index = await open(c.env);
    const { label, track } = await theTrack(index, c.req.param('id'));
    const [{ waveform, beatsMs, downbeats }] = await index.analyses.of([label]);
    const body: OneTrackAnswer = {
      ...(await describeTrack(c.env, track, index.manifest.indexVersion)),
      waveform: [...waveform],
      highlight: highlightOf(track),
      beats: { beatsMs: [...beatsMs], downbeatsMs: Array.from(downbeats, (beat) => beatsMs[beat]) },
      cues: (index.cues?.cuesOf(label) ?? []).map(({ startMs, count }) => ({ startMs, uses: count })),
    };
    return tagged(c, body);
  });
}

/** @throws Problem track-unknown, for a track that was removed too */
export async function theTrack(
  { catalogue }: Pick<OpenIndex, 'catalogue'>,
  id: string,
): Promise<{ label: number; track: Track }> {
  const [label] = await catalogue.labelsOf([id]);
  const [track] = label === undefined ? [] : await catalogue.of([label]);
  if (label !== undefined && track?.id === id) return { label, track }; // another's where somebody made up an id of its hash
  throw new Problem(
    'track-unknown',
    `track: expected the id of an indexed track, got ${quote(id)}. GET /v1/tracks lists them.`,
  );
}

const QUERY: Readonly<Record<string, FieldProblem>> = {
  limit: {
    code: 'limit-out-of-range',
    expected: `a whole number from 1 to ${MAX_TRACKS}`,
    next: 'Leave it out for pages of 50.',
  },
  cursor: {
    code: 'cursor-unknown',
    expected: 'what the page before gave as next',
    next: 'Leave it out for the first page.',
  },
  filters: CLIP_FIELDS.filters,
  q: {
    code: 'search-invalid',
    expected: `a text of 1 to ${MAX_TEXT_LENGTH} characters`,
    next: 'Leave it out for all tracks.',
  },
};

function* labelsFrom(from: number, accepted: Uint8Array): Generator<number> {
  for (let label = from; label < accepted.length; label++) if (accepted[label]) yield label;
}

/** Texts are read until the page is full. */
async function* labelsWith(
  words: readonly string[],
  catalogue: OpenIndex['catalogue'],
  from: number,
  accepted: Uint8Array,
): AsyncGenerator<number> {
  for await (const { first, lines } of catalogue.texts(from))
    for (let i = Math.max(0, from - first); i < lines.length; i++)
      if (accepted[first + i] && hasWords(lines[i], words)) yield first + i;
}

function readCursor(cursor: string, indexVersion: string, count: number): number {
  const place = Number(/^(.+)\.(\d{1,9})$/.exec(cursor)?.[2] ?? Number.NaN);
  if (cursor === `${indexVersion}.${place}` && place < count) return place;
  throw new Problem(
    'cursor-unknown',
    `cursor: expected one of the index ${indexVersion}, got ${quote(cursor)}. Start again without a cursor: the index may have changed.`,
  );
}

function highlightOf({ highlight }: Track): OneTrackAnswer['highlight'] {
  return highlight ? { startMs: highlight[0], endMs: highlight[1] } : null;
}

async function describeTrack(settings: Bindings, track: Track, indexVersion: string): Promise<TrackAnswer> {
  const {
    file: _file,
    sha256: _sha256,
    segments: _segments,
    preview: _preview,
    removed: _removed,
    highlight: _highlight,
    key,
    ...facts
  } = track;
  return { ...facts, key: key && keyName(key), previewUrl: await previewUrl(settings, track, indexVersion) };
}
