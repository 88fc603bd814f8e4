/** An index that is published while the Worker runs, from the folder it was built in to the bucket it is answered from. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import type { TracksAnswer } from '../../functions/schema/tracks.ts';
import { removeFromIndex } from '../../offline/indexing/remove.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { KEEP, movePointer, publishIndex, putManifest } from '../../offline/indexing/store/publish.ts';
import { r2Store } from '../../offline/indexing/store/r2-store.ts';
import type { BundleStore } from '../../offline/indexing/store/store.ts';
import { currentManifest, readCurrent } from '../../offline/indexing/store/versions.ts';
import type { Bucket } from '../../offline/local-worker/bucket.ts';
import { form, jpegFrame } from './requests.ts';
import { type RunningService, startService } from './service.ts';

const frames = await Promise.all([0, 1, 2, 3, 4, 5].map(jpegFrame));

let service: RunningService;
let bucket: BundleStore;
let first: string;

beforeAll(async () => {
  service = await startService('publish', join(inject('tinyBundle'), '../no-assets'), {
    bindings: {
      r2_buckets: [
        { binding: 'BUCKET', bucket_name: 'indexes' },
        { binding: 'FEEDBACK_BUCKET', bucket_name: 'feedback' },
      ],
    },
  });
  bucket = r2Store('indexes', (await service.bindings()).BUCKET as Bucket);
});
afterAll(() => service?.close());

const move = async () => ({ from: await readCurrent(bucket), now: new Date(), keep: KEEP });

async function answered(): Promise<{ version: string; ids: string[] }> {
  const response = await service.send(form(frames, { k: '10' }));
  expect(response.status).toBe(200);
  const { indexVersion, moments } = (await response.json()) as MomentsAnswer;
  return { version: indexVersion, ids: moments.map(({ track }) => track.id) };
}

it('is answered from as soon as it is there, where there was none', async () => {
  expect((await service.send(form(frames))).status).toBe(503);
  const built = folderStore(inject('tinyBundle'));
  const { manifest } = await currentManifest(built);
  first = manifest.indexVersion;
  await publishIndex(built, bucket, first, await move());
  expect((await answered()).version).toBe(first);
});

it('has its previews in the bucket, by byte ranges', async () => {
  const page = (await (await service.send({ path: '/v1/tracks', method: 'GET' })).json()) as TracksAnswer;
  const { previewUrl } = page.tracks.find((track) => track.previewUrl !== null)!;
  const part = await service.send({ path: previewUrl!, method: 'GET', headers: { range: 'bytes=0-3' } });
  expect([part.status, await part.text()]).toEqual([206, 'RIFF']);
  expect(part.headers.get('content-type')).toBe('audio/wav');
  const behind = await service.send({ path: previewUrl!, method: 'GET', headers: { range: 'bytes=99999999-' } });
  expect(behind.status).toBe(416);
  const whole = await (await service.send({ path: previewUrl!, method: 'GET' })).bytes();
  const objects = join(inject('tinyBundle'), 'objects');
  const files = (await readdir(objects)).filter((name) => name.startsWith('preview-'));
  const contents = await Promise.all(files.map((name) => readFile(join(objects, name))));
  expect(contents.some((content) => content.equals(whole))).toBe(true);
});

it('keeps feedback in a bucket, a line of JSON each', async () => {
  const event = {
    event: 'used',
    requestId: 'r1',
    clipId: 'c1',
    clipMs: 6000,
    trackId: 't1',
    startMs: 0,
    endMs: 6000,
    indexVersion: first,
    modelVersion: 'm1',
  };
  const body = JSON.stringify(event);
  const headers = { 'content-type': 'application/json' };
  const response = await service.send({ path: '/v1/feedback', body, headers });
  expect(response.ok).toBe(true);
  const kept = (await service.bindings()).FEEDBACK_BUCKET as Bucket;
  const { objects } = await kept.list({ prefix: 'feedback/' });
  const content = await (await kept.get(objects[0].key))!.arrayBuffer();
  expect(JSON.parse(new TextDecoder().decode(content))).toMatchObject(event);
});

// How soon is current-index.test.ts's to say, on a clock of its own.
it('is replaced by one that is published after it, and comes back by moving the pointer', async () => {
  const { ids } = await answered();
  const { current, manifest } = await currentManifest(bucket);
  const change = { tracks: [ids[0]], files: [] };
  const { manifest: second } = await removeFromIndex(bucket, manifest, change);
  // Everything is there but the pointer: nobody sees it.
  await putManifest(bucket, second, new Date());
  expect(await answered()).toEqual({ version: first, ids });

  await movePointer(bucket, second.indexVersion, { from: current, now: new Date(), keep: KEEP });
  while ((await answered()).version === first) await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await answered()).toEqual({ version: second.indexVersion, ids: ids.slice(1) });

  await movePointer(bucket, first, await move());
  while ((await answered()).version !== first) await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await answered()).toEqual({ version: first, ids });
});
