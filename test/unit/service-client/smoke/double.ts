/**
 * A service on a port of this machine that keeps every promise, made of the very parts of the Worker that need no workerd, over a
 * library of six tracks and a model that can be worked out by hand (library.ts). It can be broken one way at a time.
 *
 * What it leaves out is what cannot be seen from outside: bundles, queues, logs. test/e2e/smoke.test.ts asks the real one.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { describeRoute, generateSpecs } from 'hono-openapi';
import { readRange } from '../../../../functions/byte-range.ts';
import { readClip } from '../../../../functions/clip.ts';
import { readClipRequest } from '../../../../functions/clip-request.ts';
import { describeMoment } from '../../../../functions/describe-moment.ts';
import { tagged } from '../../../../functions/etag.ts';
import { groundInCatalogue, groundInTrack } from '../../../../functions/ground.ts';
import {
  documentation,
  feedbackOperation,
  metricsOperation,
  momentsOperation,
  operation,
  previewOperation,
  studyOperation,
  trackOperation,
  tracksOperation,
} from '../../../../functions/openapi.ts';
import { healthAnswer, indexAnswer } from '../../../../functions/schema/answer.ts';
import { feedbackBody } from '../../../../functions/schema/feedback.ts';
import { filtersAnswer } from '../../../../functions/schema/filters.ts';
import { PROBLEMS, Problem, problemDetails } from '../../../../functions/schema/problem.ts';
import { columnsOf } from '../../../../index/search/columns.ts';
import { facetsOf } from '../../../../index/search/facets.ts';
import { FilterError } from '../../../../index/search/filter.ts';
import { nodeDecoders } from '../../../../offline/media/image-codecs.ts';
import { INDEX, MANIFEST, PREVIEW, tracks } from './library.ts';

/** An answer that is about to be sent. */
export interface Said {
  status: number;
  headers: Headers;
  body: string | Uint8Array<ArrayBuffer>;
}
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  /** As text; of a form or bytes it means nothing. */
  body: string;
}

/** Changes an answer before it is sent; what it returns is sent instead. */
export type Breaking = (said: Said, asked: Asked) => Partial<Said> | undefined;

export interface Double {
  url: string;
  close(): Promise<void>;
}

export interface DoubleOptions {
  /** Without one it is open to everyone. */
  key?: string;
  takesFeedback?: boolean;
  breaking?: Breaking;
}

export async function startDouble(options: DoubleOptions = {}): Promise<Double> {
  const app = createService(options);
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const headers = new Headers(incoming.headers as Record<string, string>);
    const init = { method: incoming.method, headers, ...(body.length > 0 ? { body } : {}) };
    const response = await app.request(new Request(url, init));
    const said: Said = {
      status: response.status,
      headers: new Headers(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
    const asked = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: body.toString('latin1'),
    };
    const sent = { ...said, ...options.breaking?.(said, asked) };
    sent.headers.delete('content-length');
    outgoing.writeHead(sent.status, Object.fromEntries(sent.headers));
    outgoing.end(sent.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const decoders = await nodeDecoders();
const PAGE = { 'Cache-Control': 'no-cache' };
const SIGNATURE = 'AbCdEfGhIjKlMnOpQrStUv';

function createService({ key, takesFeedback = true }: DoubleOptions): Hono {
  const app = new Hono();
  app.use(requestId());
  app.use(async (c, next) => {
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Content-Security-Policy', "default-src 'none'");
  });
  app.use(cors({ origin: () => null, allowMethods: ['GET', 'POST'], allowHeaders: ['Authorization', 'Content-Type'] }));
  app.use('/v1/*', async (c, next) => {
    const given = c.req.header('authorization')?.replace('Bearer ', '');
    const challenge = { headers: { 'WWW-Authenticate': 'Bearer' } };
    if (key !== undefined && !c.req.path.endsWith('/preview') && given !== key)
      throw given === undefined
        ? new Problem('key-missing', 'authorization: expected a key, got none. Ask for one.', challenge)
        : new Problem('key-unknown', 'API key: expected one of this service, got another. Check it.', challenge);
    await next();
  });

  const { indexVersion, modelVersion, encoders, model, retrieval, counts } = MANIFEST;
  app.get('/healthz', describeRoute(operation('checkHealth', '', healthAnswer)), (c) =>
    c.json({ status: 'ok', indexVersion }),
  );
  app.get('/v1/index', describeRoute(operation('describeIndex', '', indexAnswer)), (c) =>
    tagged(c, {
      indexVersion,
      modelVersion,
      publishedAt: '2026-11-25T00:00:00Z',
      encoders,
      takesFrames: true,
      model,
      retrieval,
      counts,
    }),
  );
  app.get('/metrics', describeRoute(metricsOperation()), (c) => c.text(''));
  app.get('/docs', (c) => c.html('<!doctype html>', 200, PAGE));

  app.post('/v1/moments', describeRoute(momentsOperation('groundInCatalogue', '')), (c) => ground(c));
  app.get('/v1/moments', () => {
    throw new Problem('method-not-allowed', 'method: expected POST, got GET. Use that.', {
      headers: { Allow: 'POST' },
    });
  });
  app.post('/v1/tracks/:id/moments', describeRoute(momentsOperation('groundInTrack', '', ['track-unknown'])), (c) =>
    ground(c, labelOf(c.req.param('id'))),
  );

  const describe = (label: number) => {
    const { file: _file, sha256: _sha256, segments: _segments, preview, key: _key, ...facts } = tracks[label];
    const path = `/v1/tracks/${facts.id}/preview`;
    return {
      ...facts,
      key: null,
      previewUrl: preview ? (key === undefined ? path : `${path}?signature=${SIGNATURE}`) : null,
    };
  };
  app.get('/v1/tracks', describeRoute(tracksOperation()), (c) => {
    const { limit = '50', cursor = '0' } = c.req.query();
    if (!/^[1-9]\d*$/.test(limit))
      throw new Problem('limit-out-of-range', `limit: expected 1 to 200, got ${limit}. Leave it out.`);
    if (!/^\d+$/.test(cursor))
      throw new Problem('cursor-unknown', `cursor: expected one, got ${cursor}. Leave it out.`);
    const end = Number(cursor) + Number(limit);
    const page = tracks.map((_, label) => describe(label)).slice(Number(cursor), end);
    return tagged(c, { indexVersion, tracks: page, ...(end < tracks.length ? { next: String(end) } : {}) });
  });
  app.get('/v1/tracks/:id', describeRoute(trackOperation()), async (c) => {
    const label = labelOf(c.req.param('id'));
    const [{ waveform }] = await INDEX.analyses.of([label]);
    const beats = { beatsMs: [], downbeatsMs: [] };
    return tagged(c, { ...describe(label), waveform: [...waveform], highlight: null, beats, cues: [] });
  });
  app.get('/v1/filters', describeRoute(operation('listFilters', '', filtersAnswer)), (c) => {
    const columns = columnsOf(tracks);
    return tagged(c, {
      indexVersion,
      tracks: columns.liveCount,
      matching: columns.liveCount,
      fields: facetsOf(columns),
    });
  });
  app.get('/v1/tracks/:id/preview', describeRoute(previewOperation()), (c) => {
    if (key !== undefined && c.req.query('signature') !== SIGNATURE)
      throw new Problem('signature-invalid', 'preview: expected its address, got another. Ask again.');
    return piece(c);
  });
  app.post('/v1/feedback', describeRoute(feedbackOperation()), async (c) => {
    if (!feedbackBody.safeParse(await c.req.json()).success)
      throw new Problem('feedback-invalid', 'event: expected one, got another. Nothing was kept.');
    if (!takesFeedback) throw new Problem('feedback-unavailable', 'feedback: expected a place, got none. Bind one.');
    return c.json({ accepted: 1 }, 202);
  });
  app.post('/v1/study', describeRoute(studyOperation()), () => {
    throw new Problem('study-missing', 'study: expected a published one, got none. Publish one.');
  });
  app.get('/openapi.json', async (c) => {
    const document = await generateSpecs(app, { documentation, defaultValidationErrorResponse: false });
    return tagged(c, document);
  });

  app.notFound((c) =>
    problem(c, new Problem('path-unknown', `path: expected another, got ${c.req.path}. Look it up.`)),
  );
  app.onError((error, c) => problem(c, error));
  return app;
}

function problem(c: Context, error: Error): Response {
  const { code, message, headers } =
    error instanceof Problem ? error : new Problem('internal', `double: ${error.stack ?? error.message}`);
  const { status } = PROBLEMS[code];
  return c.body(JSON.stringify(problemDetails(code, message, c.get('requestId'))), status, {
    'Content-Type': 'application/problem+json',
    ...headers,
  });
}

function labelOf(id: string): number {
  const label = tracks.findIndex((track) => track.id === id);
  if (label < 0) throw new Problem('track-unknown', `track: expected one, got ${id}. Look it up.`);
  return label;
}

async function ground(c: Context, label?: number): Promise<Response> {
  const request = await readClipRequest(c.req.raw);
  const { clip, frames } = await readClip(request, INDEX, { decoders, now: () => 0 });
  const asked = { clip, options: request.options, now: () => 0 };
  const { moments } = await (label === undefined
    ? groundInCatalogue(INDEX, asked)
    : groundInTrack(INDEX, asked, label)
  ).catch((error: unknown) => {
    throw error instanceof FilterError ? new Problem('filters-invalid', error.message) : error;
  });
  c.header('Server-Timing', 'enhance;dur=0.0, total;dur=0.0');
  return tagged(c, {
    indexVersion: MANIFEST.indexVersion,
    modelVersion: MANIFEST.modelVersion,
    encoder: MANIFEST.encoders.image.name,
    clip: { frames, durationMs: clip.durationMs, lookedAtMs: Math.min(clip.durationMs, frames * 1000) },
    fit: request.options.fit,
    moments: moments.map((moment) => describeMoment(moment, MANIFEST.model.strideSec, null)),
  });
}

function piece(c: Context): Response {
  const range = readRange(c.req.header('range'), PREVIEW.length);
  const type = { 'Content-Type': 'audio/mpeg', 'Accept-Ranges': 'bytes' };
  if (range === 'unsatisfiable')
    throw new Problem('range-not-satisfiable', 'range: expected a part, got another. Ask for less.', {
      headers: { 'Content-Range': `bytes */${PREVIEW.length}` },
    });
  if (range === 'whole') return c.body(PREVIEW, 200, type);
  const told = `bytes ${range.start}-${range.end - 1}/${PREVIEW.length}`;
  return c.body(PREVIEW.slice(range.start, range.end), 206, { ...type, 'Content-Range': told });
}
