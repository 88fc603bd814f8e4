/** The service as it is deployed: from pictures and tokens to moments, on the tiny bundle. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createFrameEmbedder } from '../../functions/embed/basic-frames.ts';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { PROBLEMS } from '../../functions/schema/problem.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { POINTER_PATH, parsePointer } from '../../index/format/pointer.ts';
import { shardAt } from '../../index/format/shard-table.ts';
import { form, gzipped, jpegFrame, json, pngFrame, type Sent, tokenBytes, tokens, webpFrame } from './requests.ts';
import { type AnsweringService, type RunningService, sharedService, startService } from './service.ts';

const frames = await Promise.all([0, 1, 2, 3, 4, 5].map(jpegFrame));
const temporary = join(import.meta.dirname, '../.tmp');

let service: AnsweringService;
let manifest: Manifest;

beforeAll(async () => {
  const pointer = parsePointer(await readFile(join(inject('tinyBundle'), POINTER_PATH), 'utf8'));
  manifest = parseManifest(await readFile(join(inject('tinyBundle'), pointer.manifest.path), 'utf8'));
  service = await sharedService(inject('sharedService'));
});

async function moments(sent: Sent): Promise<MomentsAnswer> {
  const response = await service.send(sent);
  expect(response.status).toBe(200);
  return (await response.json()) as MomentsAnswer;
}

describe('a clip of six frames', () => {
  it('is answered with moments of its own length inside tracks of the index', async () => {
    const answer = await moments(form(frames, { durationMs: '6400', k: '3' }));
    expect(answer).toMatchObject({
      indexVersion: manifest.indexVersion,
      modelVersion: manifest.modelVersion,
      clip: { frames: 6, durationMs: 6400, lookedAtMs: 6000 },
      fit: 'clip',
    });
    expect(answer.moments.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    for (const { track, startMs, endMs } of answer.moments) {
      expect(startMs).toBeGreaterThanOrEqual(0);
      expect(endMs).toBeLessThanOrEqual(track.durationMs);
      expect(endMs - startMs).toBe(Math.min(6400, track.durationMs));
    }
    const relevance = answer.moments.map((moment) => moment.relevance);
    expect(relevance).toEqual(relevance.toSorted((a, b) => b - a));
  });

  it('gets the same bytes every time, but for the request id and the times', async () => {
    const [one, other] = await Promise.all([service.send(form(frames)), service.send(form(frames))]);
    expect(await one.text()).toBe(await other.text());
  });

  it('may come as WebP', async () => {
    const lossless = await Promise.all([0, 1, 2, 3, 4, 5].map((second) => webpFrame(second, true)));
    const pngs = await Promise.all([0, 1, 2, 3, 4, 5].map(pngFrame));
    expect(await moments(form(lossless))).toEqual(await moments(form(pngs)));
    const lossy = await Promise.all([0, 1, 2, 3, 4, 5].map((second) => webpFrame(second)));
    expect((await moments(form(lossy))).moments.length).toBeGreaterThan(0);
  });

  it('may come as PNG', async () => {
    const pngs = await Promise.all([0, 1, 2, 3, 4, 5].map(pngFrame));
    expect((await moments(form(pngs))).moments.length).toBeGreaterThan(0);
  });

  it('may come as tokens, and then names the track and moment that its pictures do', async () => {
    const embedder = createFrameEmbedder();
    for (const second of [0, 1, 2, 3, 4, 5]) embedder.push(await decoded(second));
    const tokens = embedder.tokens();
    const width = tokens.length / 6;
    const asTokens = await moments(
      json({
        encoder: manifest.encoders.image.name,
        shape: [6, width],
        tokens: Buffer.from(tokens.buffer).toString('base64'),
        durationMs: 6000,
      }),
    );
    const pngs = await Promise.all([0, 1, 2, 3, 4, 5].map(pngFrame));
    expect(asTokens).toEqual(await moments(form(pngs)));
  });

  it('may come as bytes, or compressed, and is the same clip then', async () => {
    const { name, width } = manifest.encoders.image;
    const values = Float32Array.from({ length: 5 * width }, (_, i) => Math.sin(i));
    const query = { encoder: name, shape: `5,${width}`, durationMs: '5000' };
    const wanted = await moments(tokens());
    expect(await moments(tokenBytes(new Uint8Array(values.buffer), query))).toEqual(wanted);
    expect(await moments(gzipped(tokens()))).toEqual(wanted);
  });

  it('may come as int8 with a scale per token, and finds the same track', async () => {
    const { name, width } = manifest.encoders.image;
    const body = new Uint8Array(5 * 4 + 5 * width);
    new Float32Array(body.buffer, 0, 5).fill(1 / 127);
    new Int8Array(body.buffer, 5 * 4).set(Array.from({ length: 5 * width }, (_, i) => Math.round(127 * Math.sin(i))));
    const query = { encoder: name, shape: `5,${width}`, durationMs: '5000', dtype: 'int8', k: '1' };
    const [coarse] = (await moments(tokenBytes(body, query))).moments;
    const [fine] = (await moments(tokens({ k: 1 }))).moments;
    expect(coarse.track.id).toBe(fine.track.id);
    expect(coarse.relevance).toBeCloseTo(fine.relevance, 1);
  });

  it('is placed in the one track that was asked for', async () => {
    const all = await moments(form(frames, { k: '50' }));
    const last = all.moments.at(-1)!;
    const [only, ...others] = (await moments({ ...form(frames), path: `/v1/tracks/${last.track.id}/moments` })).moments;
    expect(others).toEqual([]);
    expect(only.relevance).toBeCloseTo(last.relevance, 4);
    expect(only).toEqual({ ...last, rank: 1, relevance: only.relevance });
  });

  it('is timed in every stage', async () => {
    // Fifty frames, since workerd's clock has whole milliseconds and a small picture takes a part of one.
    const many = await Promise.all(Array.from({ length: 50 }, (_, second) => jpegFrame(second)));
    const timing = (await service.send(form(many))).headers.get('server-timing') ?? '';
    const stages = Object.fromEntries(
      timing
        .split(', ')
        .map((entry) => entry.split(';dur='))
        .map(([name, ms]) => [name, Number(ms)]),
    );
    expect(Object.keys(stages)).toEqual([
      'decode',
      'embed',
      'enhance',
      'search',
      'load',
      'relevance',
      'moment',
      'place',
      'total',
    ]);
    expect(stages.decode).toBeGreaterThan(0);
    expect(stages.total).toBeGreaterThanOrEqual(stages.decode + stages.embed);
  });
});

describe('the document at /openapi.json', () => {
  it('lists every route, the three request forms and every problem code', async () => {
    const response = await service.send({ path: '/openapi.json', method: 'GET' });
    const document = (await response.json()) as OpenApi;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
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
    ]);
    expect(Object.keys(document.paths['/v1/moments'].post.requestBody.content)).toEqual([
      'multipart/form-data',
      'application/json',
      'application/octet-stream',
    ]);
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(PROBLEMS));
    expect(Object.keys(document['x-problems'])).toEqual(Object.keys(PROBLEMS));
  });
});

interface OpenApi {
  openapi: string;
  paths: Record<string, { post: { requestBody: { content: object } } }>;
  components: { schemas: Record<string, { properties: Record<string, { enum: string[] }> }> };
  'x-problems': object;
}

describe('a bundle that is not whole', () => {
  it('is missing: every question is answered with what to do', async () => {
    const empty = join(temporary, 'no-bundle');
    await rm(empty, { recursive: true, force: true });
    await withService('empty', empty, async (without) => {
      for (const sent of [form(frames), { path: '/v1/index', method: 'GET' }, { path: '/healthz', method: 'GET' }]) {
        const response = await without.send(sent);
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({
          code: 'index-missing',
          detail: expect.stringContaining('npm run demo'),
        });
      }
      expect((await without.send({ path: '/openapi.json', method: 'GET' })).status).toBe(200);
    });
  });

  it('has a changed byte: it is refused and never searched', async () => {
    const changed = join(temporary, 'changed-bundle');
    await rm(changed, { recursive: true, force: true });
    await cp(inject('tinyBundle'), changed, { recursive: true });
    const { path } = shardAt(manifest.shards.tokens, 0);
    const content = await readFile(join(changed, path));
    content[content.length - 1] ^= 1;
    await writeFile(join(changed, path), content);
    await withService('changed', changed, async (broken) => {
      const response = await broken.send(form(frames));
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        code: 'index-unusable',
        detail: expect.stringContaining('expected sha256'),
      });
    });
  });
});

describe('a fresh isolate', () => {
  it('answers ten first requests at once', async () => {
    await withService('fresh', inject('tinyBundle'), async (fresh) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => (await fresh.send(form(frames))).text()),
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toContain(manifest.indexVersion);
    });
  });

  it('answers after the caller whose request opened the index hung up', async () => {
    await withService('hung-up', inject('tinyBundle'), async (fresh) => {
      for (const delayMs of [30, 60, 90])
        await fresh.send({ ...form(frames), signal: AbortSignal.timeout(delayMs) }).catch(() => undefined);
      expect((await fresh.send(form(frames))).status).toBe(200);
    });
  });
});

async function withService(
  name: string,
  bundle: string,
  use: (service: RunningService) => Promise<void>,
): Promise<void> {
  const other = await startService(name, bundle);
  try {
    await use(other);
  } finally {
    await other.close();
  }
}

/** The pixels of pngFrame, which loses nothing. */
async function decoded(second: number): Promise<{ width: number; height: number; data: Uint8Array }> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(await pngFrame(second))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
