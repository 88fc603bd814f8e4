import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type FeedbackStores, keepFeedback } from '../../../../functions/feedback-store.ts';
import { linesOfBinding } from '../../../../offline/cues/feedback/binding.ts';
import { openBoundBucket } from '../../../../offline/local-worker/bound-bucket.ts';

const event = (rank: number) => ({
  at: '2026-11-25T10:00:00.000Z',
  event: 'used' as const,
  requestId: 'r1',
  clipId: 'c1',
  clipMs: 5000,
  trackId: 't1',
  startMs: 0,
  endMs: 5000,
  rank,
  indexVersion: 'i1',
  modelVersion: 'm1',
});
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 23, 59));
const missing = () => new Error('none');

let folder: string;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-bucket-'));
  config = join(folder, 'wrangler.json');
  const buckets = [{ binding: 'FEEDBACK_BUCKET', bucket_name: 'feedback' }];
  await writeFile(config, JSON.stringify({ name: 'x', compatibility_date: '2026-10-01', r2_buckets: buckets }));
});
afterAll(() => rm(folder, { recursive: true }));

it('keeps feedback in a real R2 bucket without overwriting, and reads it back by day, a request an object', async () => {
  const { bucket, close } = await openBoundBucket({ config, binding: 'FEEDBACK_BUCKET', missing });
  const stores = { FEEDBACK_BUCKET: bucket } as unknown as FeedbackStores;
  await keepFeedback(stores, [event(3)], { id: 'same', at: at(25) });
  await keepFeedback(stores, [event(4)], { id: 'same', at: at(25) });
  await keepFeedback(stores, [event(1), event(2)], { id: 'an id/with ?signs', at: at(24) });
  await close();

  const fetched = vi.spyOn(globalThis, 'fetch');
  const found: [string, number][] = [];
  for await (const { where, line } of linesOfBinding(config, 'feedback/')) found.push([where, JSON.parse(line).rank]);
  expect(found).toEqual([
    ['feedback/2026/11/24/an%20id%2Fwith%20%3Fsigns.jsonl:1', 1],
    ['feedback/2026/11/24/an%20id%2Fwith%20%3Fsigns.jsonl:2', 2],
    [expect.stringMatching(/^feedback\/2026\/11\/25\/same\.[0-9a-f-]{36}\.jsonl:1$/), 4], // the id was taken
    ['feedback/2026/11/25/same.jsonl:1', 3],
  ]);
  const asked = fetched.mock.calls.filter(([, request]) => request?.headers && 'x-key' in request.headers);
  expect(asked).toHaveLength(1 + 3); // the list, and three objects
  fetched.mockRestore();
});

it('says what to do where no bucket is bound', async () => {
  const none = join(folder, 'none.json');
  await writeFile(none, JSON.stringify({ name: 'x', compatibility_date: '2026-10-01' }));
  const read = async () => {
    for await (const _ of linesOfBinding(none, 'feedback/'));
  };
  await expect(read()).rejects.toThrow(
    'expected an R2 bucket bound as FEEDBACK_BUCKET with a bucket_name, found none.',
  );
});
