import { beforeEach, describe, expect, test } from 'vitest';
import { MANIFESTS, manifestPath, OBJECTS, reportPath, writePointer } from '../../../../index/format/pointer.ts';
import { KEEP, movePointer, publishIndex, putManifest } from '../../../../offline/indexing/store/publish.ts';
import { OvertakenError, textOf } from '../../../../offline/indexing/store/store.ts';
import { ORPHAN_MS } from '../../../../offline/indexing/store/tidy.ts';
import { listVersions, readCurrent, readManifest } from '../../../../offline/indexing/store/versions.ts';
import { sha256Hex } from '../../../../offline/lib/files.ts';
import { Killed, type MemoryStore, memoryStore } from './memory-store.ts';
import { answeredFrom, FILES, publishSample, putSample } from './sample-index.ts';

let source: MemoryStore;
let target: MemoryStore;
beforeEach(() => {
  source = memoryStore('source');
  target = memoryStore('target');
});

const move = async (keep = KEEP, now = new Date(0)) => ({ from: await readCurrent(target), now, keep });
const objects = (store: MemoryStore) => [...store.files.keys()].filter((path) => path.startsWith(OBJECTS)).length;
const versions = async (store: MemoryStore) => (await listVersions(store)).map(({ indexVersion }) => indexVersion);

describe('publishing', () => {
  test('copies every file of an index, its previews too, and answers from it', async () => {
    const version = await publishSample(source, 'one');
    const { written, files, moved } = await publishIndex(source, target, version, await move());
    expect([written, files, moved]).toEqual([FILES.all, FILES.all, true]);
    expect(await answeredFrom(target)).toBe(version);
    expect((await readCurrent(target)).pointer).toMatchObject({ publishedAt: '1970-01-01T00:00:00.000Z' });
    expect((await readCurrent(target)).pointer?.previous).toBeUndefined();
  });

  test('writes what is not there only, and nothing the second time', async () => {
    const one = await publishSample(source, 'one');
    await publishIndex(source, target, one, await move());
    const two = await publishSample(source, 'two');
    const { written, files } = await publishIndex(source, target, two, await move());
    expect([written, files]).toEqual([FILES.own, FILES.all]); // the others are common to both
    expect((await readCurrent(target)).pointer).toMatchObject({ indexVersion: two, previous: one });
    expect(await publishIndex(source, target, two, await move())).toMatchObject({ written: 0, moved: false });
  });

  test('mends what is said to be there already and is damaged: a file, the manifest, its hash in the pointer', async () => {
    const version = await publishSample(source, 'one');
    await publishIndex(source, target, version, await move());
    const manifest = await readManifest(source, version);
    const { vectors, moment } = manifest.files;
    const right = new Map(target.files);
    await target.write(vectors.path, 'x'.repeat(vectors.bytes)); // of the right size
    target.files.delete(moment.path);
    expect(await publishIndex(source, target, version, await move())).toMatchObject({ written: 2, moved: false });
    expect(target.files).toEqual(right);

    await target.write(manifestPath(version), '{}');
    expect(await publishIndex(source, target, version, await move())).toMatchObject({ written: 0, moved: false });
    expect(target.files).toEqual(right);

    const { pointer } = await readCurrent(target);
    const wrong = { ...pointer!, manifest: { ...pointer!.manifest, sha256: 'ab'.repeat(32) } };
    await target.write('current.json', writePointer(wrong));
    expect(await publishIndex(source, target, version, await move())).toMatchObject({ written: 0, moved: true });
    expect(await answeredFrom(target)).toBe(version);
    expect((await readCurrent(target)).pointer).toEqual(pointer);
  });

  test('of the same index twice at once ends well for both', async () => {
    const version = await publishSample(source, 'one');
    const other = memoryStore('other');
    expect(await publishSample(other, 'one')).toBe(version);
    const how = await move();
    const outcomes = await Promise.all([
      publishIndex(source, target, version, how),
      publishIndex(other, target, version, how),
    ]);
    expect(outcomes.map(({ moved }) => moved).sort()).toEqual([false, true]);
    expect(await answeredFrom(target)).toBe(version);
  });

  test('takes what was measured of the index with it', async () => {
    const version = await publishSample(source, 'one');
    await source.write(reportPath(version), 'measured');
    await publishIndex(source, target, version, await move());
    expect(textOf((await target.read(reportPath(version)))!)).toBe('measured');
  });

  test('of an index with a file that was changed is refused, and the pointer stays', async () => {
    const one = await publishSample(source, 'one');
    await publishIndex(source, target, one, await move());
    const two = await publishSample(source, 'two');
    const { vectors } = (await readManifest(source, two)).files;
    await source.write(vectors.path, 'x'.repeat(vectors.bytes));
    await expect(publishIndex(source, target, two, await move())).rejects.toThrow(/expected the content of that hash/);
    expect(await answeredFrom(target)).toBe(one);
  });

  test('over a damaged pointer is refused with what to do, and doing it helps', async () => {
    const version = await publishSample(source, 'one');
    await target.write('current.json', '{');
    await expect(move()).rejects.toThrow(
      'target: current.json: expected a version and its manifest, got something else. Delete that file;',
    );
    await target.remove('current.json');
    await publishIndex(source, target, version, await move());
    expect(await answeredFrom(target)).toBe(version);
  });

  test('asks for a list of the objects that are there, and for none of them by itself', async () => {
    const one = await publishSample(source, 'one');
    await publishIndex(source, target, one, await move());
    const asked: string[] = [];
    const find = (path: string) => {
      asked.push(path);
      return target.find(path);
    };
    const two = await publishSample(source, 'two');
    const { written } = await publishIndex(source, { ...target, find }, two, await move());
    expect([written, asked]).toEqual([FILES.own, []]);
  });

  test('killed at any step leaves the old index or the new one, whole, and can be done again', async () => {
    const one = await publishSample(source, 'one');
    const two = await publishSample(source, 'two');
    await publishIndex(source, target, one, await move());
    const before = new Map(target.files);
    target.steps = 0;
    await publishIndex(source, target, two, await move());
    const steps = target.steps;
    expect(steps).toBeGreaterThan(20); // six objects are written, and all that names them
    const found = new Set<string | undefined>();
    for (let step = 1; step <= steps; step++) {
      target = memoryStore('target');
      target.files = new Map(before);
      const how = await move();
      [target.steps, target.failsAt] = [1, step]; // the first step was reading the pointer
      await expect(publishIndex(source, target, two, how)).rejects.toThrow(Killed);
      target.failsAt = Number.POSITIVE_INFINITY;
      const left = await answeredFrom(target);
      found.add(left);
      await publishIndex(source, target, two, await move());
      expect(await answeredFrom(target), `again after step ${step}`).toBe(two);
    }
    expect([...found]).toEqual([one, two]); // the later steps are behind the pointer: tidying up
  });

  test('twice at once has one winner, and the other one says so', async () => {
    const [one, two] = [await publishSample(source, 'one'), await publishSample(source, 'two')];
    const how = await move();
    const outcomes = await Promise.allSettled([
      publishIndex(source, target, one, how),
      publishIndex(source, target, two, how),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(lost[0].reason).toBeInstanceOf(OvertakenError);
    const winner = outcomes[0].status === 'fulfilled' ? one : two;
    expect(lost[0].reason.message).toMatch(
      new RegExp(`target: another build or publish came first: it answers from ${winner}.* rollback --to `),
    );
    expect(await answeredFrom(target)).toBe(winner);
    expect(await versions(target)).toContain(one);
    expect(await versions(target)).toContain(two);
  });
});

describe('old indexes', () => {
  const DAY = ORPHAN_MS + 1;

  test('are deleted with their files once they are a day old, but for the newest few', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const [i, name] of names.entries()) {
      target.clock = i * DAY;
      await publishSample(target, name, new Date(i * DAY), 3);
    }
    expect(await versions(target)).toHaveLength(3);
    expect(objects(target)).toBe(2 * FILES.own + FILES.all); // the others are common to all
    expect(await answeredFrom(target)).toBe((await versions(target))[0]);
  });

  test('stay while the pointer or its last move names them, however many came since', async () => {
    const a = await publishSample(target, 'a');
    target.clock = DAY;
    const b = await publishSample(target, 'b', new Date(DAY));
    for (const [i, name] of ['c', 'd', 'e', 'f'].entries()) {
      target.clock = (2 + i) * DAY;
      await putManifest(target, await putSample(target, name), new Date(target.clock));
    }
    await movePointer(target, a, { ...(await move(2, new Date(20 * DAY))) });
    expect((await versions(target)).sort()).toEqual([a, b].sort());
    expect(await answeredFrom(target)).toBe(a);
    await movePointer(target, b, await move(2, new Date(21 * DAY)));
    expect(await answeredFrom(target)).toBe(b);
  });

  test('never go while they are younger than a day: another writer may be about to name them', async () => {
    target.clock = 5 * DAY;
    await putSample(target, 'of another writer, whose manifest is still to come');
    await publishSample(target, 'a', new Date(5 * DAY + ORPHAN_MS / 2));
    expect(objects(target)).toBe(FILES.own + FILES.all);
    target.clock += 2 * DAY;
    await publishSample(target, 'b', new Date(target.clock));
    expect(objects(target)).toBe(FILES.own + FILES.all); // the other writer's have gone
  });

  test('an object that is old and that nobody names is written again before it is named', async () => {
    const version = await publishSample(source, 'one');
    await publishIndex(source, target, version, await move());
    for (const path of [...target.files.keys()]) if (!path.startsWith(OBJECTS)) target.files.delete(path);
    target.clock = DAY;
    const { written } = await publishIndex(source, target, version, await move(KEEP, new Date(DAY)));
    expect(written).toBe(FILES.all);
    expect([...target.files.values()].every(({ writtenAt }) => writtenAt === DAY)).toBe(true);
  });

  test('of a format that cannot be read any more are deleted after a day, unless they are current', async () => {
    await publishSample(target, 'a');
    await target.write(`${MANIFESTS}/of-old.json`, '{"formatVersion": 1}');
    target.clock = DAY;
    await publishSample(target, 'b', new Date(DAY), 2);
    expect(await versions(target)).not.toContain('of-old');
    expect(await versions(target)).toHaveLength(2);
  });

  test('whose manifest is younger than a day stay: its writer may be about to move the pointer to it', async () => {
    target.clock = 5 * DAY;
    const { indexVersion } = await putManifest(target, await putSample(target, 'another’s'), new Date(target.clock));
    for (const name of ['a', 'b', 'c']) await publishSample(target, name, new Date(target.clock + 1), 1);
    expect(await versions(target)).toContain(indexVersion);
    await movePointer(target, indexVersion, await move(1, new Date(target.clock + 2)));
    expect(await answeredFrom(target)).toBe(indexVersion);
  });

  test('are left to whoever moves the pointer while another one tidies up: what it names then stays', async () => {
    const [old] = [await publishSample(target, 'old')];
    for (const [i, name] of ['a', 'b'].entries()) {
      target.clock = i + 1;
      await publishSample(target, name, new Date(0), 1);
    }
    expect(await versions(target), 'it is old, and nobody has tidied it away yet').toContain(old);
    // While the next one tidies up, another goes back to the old index: between any two steps of it.
    const before = new Map(target.files);
    let stepsOfTidying = 1;
    for (let at = 1; at <= stepsOfTidying; at++) {
      target.files = new Map(before);
      const now = new Date(3 * DAY);
      const list = target.list;
      target.clock = 3 * DAY;
      let isTidying = false;
      let steps = 0;
      const meddle = async () => {
        if (!isTidying || ++steps !== at) return;
        isTidying = false;
        const from = await readCurrent(target);
        await putManifest(target, await readManifest(target, old), now);
        const { pointer } = from;
        const bytes = (await target.read(manifestPath(old)))!.bytes;
        const manifest = { path: manifestPath(old), bytes: bytes.length, sha256: sha256Hex(bytes) };
        await target.replace('current.json', writePointer({ ...pointer!, indexVersion: old, manifest }), from.tag);
        isTidying = true;
      };
      const beginsTidying = async () => {
        isTidying = true;
      };
      const stepped = { ...target, sweep: beginsTidying } as MemoryStore;
      for (const name of ['read', 'find', 'remove'] as const) {
        const work = target[name] as (...of: unknown[]) => Promise<never>;
        stepped[name] = async (...of: unknown[]) => {
          await meddle();
          return work(...of);
        };
      }
      stepped.list = async (folder) => {
        await meddle();
        return list(folder);
      };
      await publishSample(stepped, 'c', now, 1).catch((error: Error) => expect(error.message).toContain('found none'));
      stepsOfTidying = Math.max(stepsOfTidying, steps);
      const { pointer } = await readCurrent(target);
      if (pointer?.indexVersion === old) expect(await answeredFrom(target), `step ${at}`).toBe(old);
    }
    expect(stepsOfTidying).toBeGreaterThan(10);
  });
});
