/** What a job says, and how files are divided into jobs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CannotGoOn } from '../../../../offline/encode/each.ts';
import { tracksBy } from '../../../../offline/encode/medium.ts';
import {
  type Asked,
  askedIn,
  divide,
  jobOf,
  mediaFileOf,
  mediumOf,
  type Plan,
  shardName,
} from '../../../../offline/encode/queue/job.ts';
import { BASIC_AUDIO_CARD } from '../../../../offline/encoders/registry.ts';
import { builtIn } from '../../../../offline/encoders/store.ts';
import { sha256Hex } from '../../../../offline/lib/files.ts';
import { testFolder } from '../../data/folder.ts';

const plan: Plan = { format: 1, kind: 'track', encoder: 'a', folders: ['a-1', 'b'], root: '/music', store: 's' };
const asked = (name: string | number): Asked => ({ at: `${name}.wav`, content: sha256Hex(String(name)), bytes: 10 });
const many = (count: number): Asked[] => Array.from({ length: count }, (_, i) => asked(i));

test('every content is in one shard, and every shard but the last has half of the size to twice of it', () => {
  const contents = fc.array(fc.nat(300).map(asked), { maxLength: 300 });
  fc.assert(
    fc.property(contents, fc.integer({ min: 1, max: 64 }), (files, size) => {
      const shards = divide(files, size);
      const divided = shards.flat().map((at) => files[at].content);
      expect(divided.sort()).toEqual([...new Set(files.map(({ content }) => content))].sort());
      for (const shard of shards.slice(0, -1)) {
        expect(shard.length).toBeGreaterThanOrEqual(size / 2);
        expect(shard.length).toBeLessThanOrEqual(2 * size);
      }
    }),
  );
});

test('shards have some 64 files, and one more file changes few of them', () => {
  const namesOf = (files: Asked[]) =>
    divide(files, 64).map((places) =>
      shardName(
        plan,
        places.map((at) => files[at]),
      ),
    );
  const before = namesOf(many(20_000));
  expect(20_000 / before.length).toBeGreaterThan(50);
  expect(20_000 / before.length).toBeLessThan(75);
  const after = namesOf([...many(20_000), asked('new')]);
  expect(after.filter((name) => !before.includes(name)).length).toBeLessThan(5);
});

test('a shard is named by contents and encoder, not by where its files lie or in which order they were found', () => {
  const files = many(5);
  const name = shardName(plan, files);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(
    shardName(
      { ...plan, root: '/elsewhere' },
      files.map((one) => ({ ...one, at: `x/${one.at}` })),
    ),
  ).toBe(name);
  expect(shardName({ ...plan, folders: ['a-2', 'b'] }, files)).not.toBe(name);
  const shuffled = [3, 1, 4, 0, 2].map((at) => files[at]);
  const first = (some: Asked[]) => divide(some, 64)[0].map((at) => some[at].content);
  expect(first(shuffled)).toEqual(first(files));
});

test('a job says its files as they were asked for, and paths are found below its root', () => {
  const files: Asked[] = [
    asked('a'),
    { at: '', content: 'x', bytes: null },
    { at: 'trip/1', content: 'y', bytes: null },
  ];
  expect(askedIn(jobOf(plan, files))).toEqual(files);
  expect(mediaFileOf('/music', files[0])).toEqual({ path: '/music/a.wav', file: 'a.wav', bytes: 10 });
  expect(mediaFileOf('/clips/trip', files[1])).toEqual({ path: '/clips/trip', file: 'trip' });
  expect(mediaFileOf('s3://media/clips', files[2])).toEqual({ path: 's3://media/clips/trip/1', file: 'trip/1' });
});

test('a job of another format, of an encoder that is not here, or of another file under its name is refused', async () => {
  const folder = await testFolder();
  const job = { ...jobOf(plan, many(1)), encoder: 'basic-audio' };
  await expect(mediumOf({ ...job, format: 2 }, folder.path)).rejects.toThrow('expected jobs of format 1, got 2');
  const unknown = mediumOf({ ...job, encoder: 'mine' }, folder.path);
  await expect(unknown).rejects.toThrow('encoder "mine": expected one of ');
  await expect(unknown).rejects.toBeInstanceOf(CannotGoOn);
  const { folders } = tracksBy(builtIn(BASIC_AUDIO_CARD));
  await expect(mediumOf(job, folder.path)).rejects.toThrow(`expected a-1 and b, as it was enqueued, got ${folders[0]}`);
  expect((await mediumOf({ ...job, folders }, folder.path)).folders).toEqual(folders);
  await folder.remove();
});
