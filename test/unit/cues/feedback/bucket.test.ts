import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getPlatformProxy } from 'wrangler';
import { type FeedbackStores, keepFeedback } from '../../../../functions/feedback-store.ts';
import { type Bucket, linesOfBucket } from '../../../../offline/cues/feedback/sources.ts';

let folder: string;
let proxy: Awaited<ReturnType<typeof getPlatformProxy<{ FEEDBACK_BUCKET: unknown }>>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-bucket-'));
  const configPath = join(folder, 'wrangler.json');
  const buckets = [{ binding: 'FEEDBACK_BUCKET', bucket_name: 'feedback' }];
  await writeFile(configPath, JSON.stringify({ name: 'x', compatibility_date: '2026-10-01', r2_buckets: buckets }));
  proxy = await getPlatformProxy({ configPath, persist: false });
});
afterAll(async () => {
  await proxy?.dispose();
  await rm(folder, { recursive: true });
});

it('keeps feedback in a real R2 bucket without overwriting, and reads it back by day', async () => {
  const stores = proxy.env as FeedbackStores;
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
  await keepFeedback(stores, [event(3)], { id: 'same', at: at(25) });
  await keepFeedback(stores, [event(4)], { id: 'same', at: at(25) });
  await keepFeedback(stores, [event(1), event(2)], { id: 'an id/with ?signs', at: at(24) });
  const found: [string, number][] = [];
  for await (const { where, line } of linesOfBucket(proxy.env.FEEDBACK_BUCKET as Bucket, 'feedback/'))
    found.push([where, JSON.parse(line).rank]);
  expect(found).toEqual([
    ['feedback/2026/11/24/an%20id%2Fwith%20%3Fsigns.jsonl:1', 1],
    ['feedback/2026/11/24/an%20id%2Fwith%20%3Fsigns.jsonl:2', 2],
    [expect.stringMatching(/^feedback\/2026\/11\/25\/same\.[0-9a-f-]{36}\.jsonl:1$/), 4], // the id was taken
    ['feedback/2026/11/25/same.jsonl:1', 3],
  ]);
});
