/** Is it there, which index does it serve, and are its documents whole? */

import { asJson } from '../../requests.ts';
import { type Reply, textOf } from '../../service.ts';
import type { Check } from '../check.ts';
import { isDocumented } from '../documented.ts';
import { isAnswer, jsonOf, K, toldOf } from '../facts.ts';
import { meets } from '../unmet.ts';

const PATHS = [
  '/healthz',
  '/metrics',
  '/v1/feedback',
  '/v1/filters',
  '/v1/index',
  '/v1/moments',
  '/v1/study',
  '/v1/tracks',
  '/v1/tracks/{id}',
  '/v1/tracks/{id}/moments',
  '/v1/tracks/{id}/preview',
];

export const documentChecks: readonly Check[] = [
  {
    name: 'GET /healthz says that the index is open',
    async run({ service }) {
      const reply = await service.ask('/healthz', { key: null });
      isAnswer(reply, 'GET /healthz, without a key,');
      const { status, indexVersion } = JSON.parse(textOf(reply)) as { status: string; indexVersion: string };
      meets(status === 'ok' && Boolean(indexVersion), 'status "ok" and an indexVersion', textOf(reply));
      return `index ${indexVersion}`;
    },
  },
  {
    name: 'GET /v1/index names the index, its encoder and its size',
    async run({ service, facts }) {
      const index = await facts.index();
      const health = await jsonOf<{ indexVersion: string }>(service, '/healthz');
      meets(
        index.indexVersion === health.indexVersion,
        `the version of /healthz, ${health.indexVersion}`,
        index.indexVersion,
      );
      const { image } = index.encoders;
      const live = index.counts.tracks - index.counts.removed;
      meets(image.width >= 1 && live >= 1, 'an encoder with a width, and a track', index);
      return `${live} tracks, ${image.name} of ${image.width}, ${index.takesFrames ? 'takes frames and tokens' : 'takes tokens'}`;
    },
  },
  {
    name: 'GET /openapi.json is OpenAPI 3.1 and lists every path',
    async run({ service, facts }) {
      isAnswer(await service.ask('/openapi.json', { key: null }), 'GET /openapi.json, without a key,');
      const { openapi, paths } = await facts.openapi();
      meets(/^3\.1\./.test(openapi), 'openapi 3.1', openapi);
      const missing = PATHS.filter((path) => !paths[path]);
      meets(missing.length === 0, `${PATHS.length} paths`, `none of ${missing.join(', ')}`);
      return `${Object.keys(paths).length} paths`;
    },
  },
  {
    name: 'GET /docs is a page',
    async run({ service }) {
      const reply = await service.ask('/docs', { key: null });
      const type = reply.headers.get('content-type') ?? '';
      meets(reply.status === 200 && type.startsWith('text/html'), '200 with text/html', toldOf(reply));
      return undefined;
    },
  },
  {
    name: 'answers are as /openapi.json describes them',
    async run({ service, facts }) {
      const document = await facts.openapi();
      const [first] = (await facts.tracks()).tracks;
      const id = encodeURIComponent(first.id);
      const clip = asJson(await facts.tokens(), { k: K, fit: 'loop', alternatives: 3, hitAtMs: 500 });
      const asked: [method: string, path: string, ask: () => Promise<Reply>][] = [
        ['GET', '/healthz', () => service.ask('/healthz')],
        ['GET', '/v1/index', () => service.ask('/v1/index')],
        ['GET', '/v1/tracks', () => service.ask('/v1/tracks?limit=2')],
        ['GET', '/v1/tracks/{id}', () => service.ask(`/v1/tracks/${id}`)],
        ['GET', '/v1/filters', () => service.ask('/v1/filters')],
        ['POST', '/v1/moments', () => service.ask('/v1/moments', clip)],
        ['POST', '/v1/tracks/{id}/moments', () => service.ask(`/v1/tracks/${id}/moments`, clip)],
        ['GET', '/v1/tracks/{id}', () => service.ask('/v1/tracks/no-such-track')],
      ];
      for (const [method, path, ask] of asked) isDocumented(document, method, path, await ask());
      return `${asked.length} answers`;
    },
  },
  {
    name: 'who has an answer is told 304',
    async run({ service, facts }) {
      const clip = asJson(await facts.tokens(), { k: 1 });
      for (const [path, sent] of [
        ['/v1/index', {}],
        ['/openapi.json', {}],
        ['/v1/moments', clip],
      ] as const) {
        const fresh = await service.ask(path, sent);
        const tag = fresh.headers.get('etag') ?? '';
        meets(/^(W\/)?"[^"]+"$/.test(tag), `an ETag of ${path}`, tag || 'none');
        meets(fresh.headers.has('cache-control'), `Cache-Control of ${path}`, 'none');
        const ask = (known: string) =>
          service.ask(path, {
            ...sent,
            headers: { ...('headers' in sent ? sent.headers : {}), 'if-none-match': known },
          });
        const same = await ask(tag);
        meets(same.status === 304 && same.bytes.length === 0, `${path} to be 304 without a body`, toldOf(same));
        const other = await ask('"another"');
        meets(other.status === 200, `${path} to be 200 with another tag`, other.status);
      }
      return undefined;
    },
  },
];
