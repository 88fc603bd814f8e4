import { expect, it, vi } from 'vitest';
import { VECTORS_BYTES } from '../../functions/grounding/budgets.ts';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import type { BundleFile } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { POINTER_PATH, parsePointer } from '../../index/format/pointer.ts';
import { columnsOf } from '../../index/search/columns.ts';
import { vectorIdOf, vectorizeMetadata, vectorizeTypes } from '../../index/search/vectorize-record.ts';
import { createVectorizeDouble } from '../doubles/vectorize.ts';
import { ask, assetsOf, ENCODER, tokensBody } from './ask.ts';
import { handBundle, handCatalogue, publish, TRACKS } from './hand-bundle.ts';

const VERSION = 'hand00000000';
const columns = columnsOf(handCatalogue());

const vectorize = createVectorizeDouble(4);
for (const [property, type] of vectorizeTypes(columns, ['bpm'])) vectorize.createMetadataIndex(property, type);
const vectorOf = (label: number) => ({
  id: vectorIdOf(VERSION, label),
  namespace: VERSION,
  values: [...TRACKS[label].h0, 0, 0],
  metadata: vectorizeMetadata(columns, ['bpm'], label),
});
const settings = { ACCESS: 'open', RETRIEVER: 'vectorize', VECTORIZE_FIELDS: 'bpm', VECTORIZE: vectorize as never };

async function ids(more: Record<string, unknown> = {}): Promise<string[]> {
  const init = { method: 'POST', body: tokensBody(10, [1, 0], more), headers: { 'content-type': 'application/json' } };
  const response = await ask('/v1/moments', init, settings);
  expect(response.status).toBe(200);
  return ((await response.json()) as MomentsAnswer).moments.map(({ track }) => track.id);
}

it('answers with all tracks, also while a vector is not visible yet', async () => {
  // Relevance is computed with h0 from the tokens: their mean, which these tokens have elsewhere than the vectors.
  await vectorize.upsert([vectorOf(0), vectorOf(1)]);
  vectorize.settle();
  await vectorize.upsert([vectorOf(2)]);
  expect(await ids()).toEqual(['short', 'east', 'north']);
  vectorize.settle();
  expect(await ids()).toEqual(['short', 'east', 'north']);
});

it('lets Vectorize filter by what it has indexed, and filters the rest itself', async () => {
  expect(await ids({ filters: { bpm: { range: { min: 100 } } } })).toEqual(['east']);
  expect(vectorize.requests.at(-1)?.filter).toEqual({ bpm: { $gte: 100 } });
  expect(await ids({ filters: { tags: 'bright' } })).toEqual(['north']);
  expect(await ids({ exclude: { tracks: ['east'] }, diversity: { lambda: 0.5 } })).toEqual(['short', 'north']);
});

it('is unavailable, and for a while only, when Vectorize fails', async () => {
  const query = vi.spyOn(vectorize, 'query').mockRejectedValue(new Error('VECTOR_QUERY_ERROR (code = 10000)'));
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const init = { method: 'POST', body: tokensBody(10, [1, 0]), headers: { 'content-type': 'application/json' } };
  const response = await ask('/v1/moments', init, settings);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.text()).not.toContain('10000');
  query.mockRestore();
  logged.mockRestore();
  expect(await ids()).toHaveLength(3);
});

it('refuses an index with more vectors than an isolate holds, and names Vectorize, before it reads them', async () => {
  const files = await handBundle(ENCODER, { version: 'large0000000' });
  const { manifest } = parsePointer(new TextDecoder().decode(files.get(POINTER_PATH)));
  const large = parseManifest(new TextDecoder().decode(files.get(manifest.path)));
  large.files.vectors.bytes = VECTORS_BYTES + 1;
  await publish(files, large);
  files.delete(large.files.vectors.path);
  const { openBundle } = await import('../../functions/runtime/bundle.ts');
  const { findIndex } = await import('../../functions/runtime/index-source.ts');
  const read: string[] = [];
  const source = async () => {
    const found = await findIndex({ ASSETS: assetsOf(files) });
    return {
      ...found,
      read(file: BundleFile) {
        read.push(file.path);
        return found.read(file);
      },
    };
  };
  const how = { held: new Map(), onStep: () => undefined };
  await expect(openBundle(await source(), how)).rejects.toMatchObject({
    code: 'setting-broken',
    message: expect.stringMatching(
      /^RETRIEVER: expected "vectorize" for an index with 60 MB of vectors.*cuepoint index vectorize/,
    ),
  });
  expect(read).toEqual([`indexes/large0000000.json`]);
  const { candidatesFor } = await import('../../functions/runtime/candidates.ts');
  const opened = await openBundle(await source(), { ...how, candidates: candidatesFor(settings) });
  expect(opened.index.catalogue.count).toBe(3);
});

it('says what to mend when it is asked for and not bound', async () => {
  const { candidatesFor } = await import('../../functions/runtime/candidates.ts');
  expect(() => candidatesFor({ RETRIEVER: 'vectorize' })).toThrow('RETRIEVER: expected "bundle", or "vectorize"');
  expect(() => candidatesFor({ RETRIEVER: 'guess' })).toThrow('RETRIEVER: expected "bundle", or "vectorize"');
  expect(candidatesFor({})).toBeUndefined();
});
