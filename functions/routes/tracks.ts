/**
 * GET /v1/tracks and GET /v1/tracks/:id: what the index holds, page by page, and one track of it.
 *
 * Pages follow the catalogue. A cursor names the index it belongs to, so that pages of two indexes are never taken for one list.
 */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type { Track } from '../../index/format/catalogue.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { keyName } from '../../index/search/key-name.ts';
import { tagged } from '../etag.ts';
import { checkFields, type FieldProblem } from '../field-problem.ts';
import type { OpenIndex } from '../grounding/open-index.ts';
import { trackOperation, tracksOperation } from '../openapi.ts';
import { previewUrl } from '../preview-url.ts';
import { theIndex } from '../runtime/current-index.ts';
import { Problem, quote } from '../schema/problem.ts';
import { MAX_TRACKS, type OneTrackAnswer, type TrackAnswer, type TracksAnswer, tracksQuery } from '../schema/tracks.ts';
import type { Bindings, Service } from '../service.ts';

/** What of an index these routes need. */
export type Catalogue = Pick<OpenIndex, 'tracks' | 'labelOf'> & {
  manifest: Pick<Manifest, 'indexVersion'>;
  analyses: { of(labels: readonly number[]): Promise<{ waveform: Uint8Array }[]> };
};

/** @param open gives the index that is served now */
export function addTracks(app: Hono<Service>, open: (bindings: Bindings) => Promise<Catalogue> = theIndex): void {
  app.get('/v1/tracks', describeRoute(tracksOperation()), async (c) => {
    const { limit, cursor } = readQuery(new URL(c.req.url).searchParams);
    const { manifest, tracks } = await open(c.env);
    const { indexVersion } = manifest;
    let at = cursor === undefined ? 0 : readCursor(cursor, indexVersion, tracks.length);
    const page: TrackAnswer[] = [];
    for (; at < tracks.length && page.length < limit; at++)
      if (!tracks[at].removed) page.push(await describeTrack(c.env, tracks[at], indexVersion));
    while (tracks[at]?.removed) at++; // a next page is never empty
    const body: TracksAnswer = {
      indexVersion,
      tracks: page,
      ...(at < tracks.length ? { next: `${indexVersion}.${at}` } : {}),
    };
    return tagged(c, body);
  });
  app.get('/v1/tracks/:id', describeRoute(trackOperation()), async (c) => {
    const index = await open(c.env);
    const label = theLabel(index, c.req.param('id'));
    const [{ waveform }] = await index.analyses.of([label]);
    const body: OneTrackAnswer = {
      ...(await describeTrack(c.env, index.tracks[label], index.manifest.indexVersion)),
      waveform: [...waveform],
      highlight: highlightOf(index.tracks[label]),
    };
    return tagged(c, body);
  });
}

/** @throws Problem track-unknown, for a track that was removed too */
export function theLabel({ labelOf }: Pick<OpenIndex, 'labelOf'>, id: string): number {
  const label = labelOf(id);
  if (label !== undefined) return label;
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
};

function readQuery(query: URLSearchParams): { limit: number; cursor?: string } {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of query) {
    if (name in values)
      throw new Problem('field-unexpected', `${quote(name)}: expected once, got twice. Send each field once.`);
    values[name] = name === 'limit' && /^\d{1,9}$/.test(text) ? Number(text) : text;
  }
  return checkFields(tracksQuery, values, QUERY);
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
