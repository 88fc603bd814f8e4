/** Media and results in a bucket: s3rver as the server, Amazon's client as in earnest. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Bucket, openBucket, parseBucketAddress } from '../../../../offline/encode/queue/bucket.ts';
import { openTokenStore } from '../../../../offline/encode/queue/token-store.ts';
import { trackKey } from '../../../../offline/encode/track.ts';
import { draw, jpegOf } from '../../embed/pictures.ts';
import { audio, expectSame, type Library, startWorker, testLibrary } from './library.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { type S3Server, startS3 } from './s3-server.ts';

let s3: S3Server;
let library: Library;
let media: Bucket;
beforeAll(async () => {
  s3 = await startS3('media', 'store');
  media = await openBucket('s3://media');
});
afterAll(async () => {
  media.close();
  await s3.stop();
});
beforeEach(async () => {
  library = await testLibrary();
});
afterEach(() => library.remove());

test('an address is a bucket and what stands before every key', () => {
  expect(parseBucketAddress('s3://media')).toEqual({ bucket: 'media', prefix: '' });
  expect(parseBucketAddress('s3://my.media/a/b c/')).toEqual({ bucket: 'my.media', prefix: 'a/b c' });
  for (const wrong of ['s3://', 's3:///a', 'http://media/a', 'media'])
    expect(() => parseBucketAddress(wrong)).toThrow('expected an address such as s3://bucket/folder');
});

test('a listing of more than a page is whole, and keys of any letters are read as they were written', async () => {
  const bucket = await openBucket('s3://media/many');
  const keys = Array.from({ length: 7 }, (_, i) => `${i} é+%&.txt`);
  for (const key of keys) await bucket.write(key, key);
  const listed: string[] = [];
  for await (const { key } of bucket.list('', 3)) listed.push(key);
  expect(listed).toEqual(keys);
  expect(new TextDecoder().decode(await bucket.read(keys[6]))).toBe(keys[6]);
  expect(await bucket.read('0')).toBeUndefined();
  bucket.close();
});

test('what the server refuses is a sentence that says what to do', async () => {
  const none = await openBucket('s3://nobodys');
  await expect(none.list('').next()).rejects.toThrow(/^s3:\/\/nobodys: .*NoSuchBucket.* Create it, or check its name/);
  none.close();
  const stranger = await openBucket('s3://media');
  const key = process.env.AWS_ACCESS_KEY_ID;
  process.env.AWS_ACCESS_KEY_ID = 'another'; // it is looked up at the first request
  const asked = stranger.write('a', 'b');
  await expect(asked).rejects.toThrow(/InvalidAccessKeyId.*Check AWS_ACCESS_KEY_ID/);
  process.env.AWS_ACCESS_KEY_ID = key;
  stranger.close();
});

test('a store has one name, whoever asks first, and is known by it', async () => {
  for (const place of ['s3://store/named', library.at('store')]) {
    const store = await openTokenStore(place, library.at('scratch'));
    await expect(store.id({ make: false })).rejects.toThrow(`got ${store.name}, where no store-id.txt lies`);
    const id = await store.id({ make: true });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await store.id({ make: true })).toBe(id);
    store.close();
  }
});

describe.skipIf(!hasRedis)('a queue with buckets (skipped without redis-server)', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('makes the bytes of folders of one machine, folders of pictures included', async () => {
    await library.tones(3, 1.5);
    await library.tones(1, 2.5, 'music/deeper');
    await writeFile(library.at('music', 'bad.flac'), 'no music');
    await writeFile(library.at('music', '.hidden.wav'), 'hidden');
    await mkdir(library.at('clips', 'trip'), { recursive: true });
    for (let second = 0; second < 3; second++)
      await writeFile(
        library.at('clips', 'trip', `${second}.jpg`),
        await jpegOf(draw(40, 30, (x) => [x * 6, 90, second])),
      );
    await writeFile(library.at('clips', 'poster.jpg'), await jpegOf(draw(40, 30, () => [1, 2, 3])));
    for (const below of ['music', 'clips'])
      for (const file of await readdir(library.at(below), { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const path = `${file.parentPath}/${file.name}`;
        await media.write(path.slice(library.at().length + 1), await readFile(path));
      }
    await library.encodeHere('one', { music: library.at('music'), clips: library.at('clips') });
    const store = 's3://store/tokens';
    const worker = await startWorker(redis.address, library, { storeAt: store, processes: 2 });
    const asked = { music: 's3://media/music', clips: 's3://media/clips/', store };
    const { music, clips } = await library.encodeByQueue('two', redis.address, asked);
    await expectSame(library.at('one'), library.at('two'));
    expect(music!.rejected).toEqual([{ file: 'bad.flac', reason: expect.not.stringContaining('scratch') }]);
    expect(clips!.remarks).toEqual([expect.stringContaining('the folder itself: the picture poster.jpg beside')]);

    // What is damaged in the bucket is made again, and a cache that is new is filled from it.
    const bucket = await openBucket(store);
    const { sha256 } = music!.encoded[0];
    await bucket.write(`${trackKey(audio.key)}/${sha256}.safetensors`, 'not tokens');
    bucket.close();
    await library.encodeByQueue('three', redis.address, asked);
    await expectSame(library.at('one'), library.at('three'));
    await worker.stop();
    const left = await readdir(library.at(), { recursive: true });
    expect(left.filter((name) => /^scratch.*\.(wav|safetensors)$/.test(name))).toEqual([]);
  });
});
