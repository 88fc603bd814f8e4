/**
 * Hashes of media files that were hashed before, so that a library of a terabyte is not read again to find what is new in it.
 *
 * A file is what it was while its inode, size, time of modification and time of change are the same. Nobody can set the last of them; but what changed
 * just before it was hashed may change once more within one tick of the clock, so such a file is not kept (the same trouble and cure in git:
 * https://git-scm.com/docs/racy-git). They lie in the token cache, in one file of records that are appended whole. What is torn or damaged there is
 * passed over, and such files are hashed again.
 */

import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';

/** Of a file's content, in hexadecimal digits. */
export type HashFile = (path: string) => Promise<string>;

export interface KnownHashes {
  hash: HashFile;
  /** Writes what is new, where it can be written. */
  close(): Promise<void>;
}

/** Bytes of a record: which file, what state it was in, its hash, and by what the three are known to be whole. */
const RECORD = { path: 16, state: 16, sha256: 32, check: 8, bytes: 72 } as const;
const STATE = RECORD.path;
const SHA256 = STATE + RECORD.state;
const CHECK = SHA256 + RECORD.sha256;

const FILE = 'hashes';
/** How old a change must be, in milliseconds, to be told from a later one by its time: FAT's clock ticks every two seconds. */
const SETTLED_MS = 4000;
/** Records that are written at once. */
const BATCH = 256;

/** @param hashFile reads the file @param now milliseconds since 1970 */
export async function openKnownHashes(
  cache: string,
  hashFile: HashFile,
  now: () => number = Date.now,
): Promise<KnownHashes> {
  const file = join(cache, FILE);
  const known = recordsIn(await readFile(file).catch(() => Buffer.alloc(0)));
  if (known.isUntidy) await writeFileAtomic(file, known.whole()).catch(() => undefined);
  let unwritten: Buffer[] = [];

  async function write(): Promise<void> {
    const records = Buffer.concat(unwritten);
    unwritten = [];
    if (records.length === 0) return;
    // Where the cache cannot be written, whoever needs it says so; the hashes are right without it.
    await mkdir(cache, { recursive: true })
      .then(() => appendFile(file, records))
      .catch(() => undefined);
  }

  return {
    async hash(path) {
      const before = await stat(path, { bigint: true });
      if (!before.isFile()) return hashFile(path);
      const place = digest(resolve(path), RECORD.path);
      const state = stateOf(before);
      const found = known.find(place);
      if (found && found.compare(state, 0, RECORD.state, STATE, SHA256) === 0)
        return found.toString('hex', SHA256, CHECK);
      const sha256 = await hashFile(path);
      const after = await stat(path, { bigint: true });
      if (stateOf(after).equals(state) && now() - Number(after.ctimeMs) > SETTLED_MS) {
        const record = sealed(Buffer.concat([place, state, Buffer.from(sha256, 'hex')]));
        known.add(record);
        unwritten.push(record);
        if (unwritten.length >= BATCH) await write();
      }
      return sha256;
    },
    close: write,
  };
}

const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Buffer =>
  digest([dev, ino, size, mtimeNs, ctimeNs].join(' '), RECORD.state);

const digest = (content: string | Uint8Array, bytes: number): Buffer =>
  createHash('sha256').update(content).digest().subarray(0, bytes);

const sealed = (content: Buffer): Buffer => Buffer.concat([content, digest(content, RECORD.check)]);

/** Records by the file they are of, the latest of each; beside their bytes 8 to 16 a record. */
function recordsIn(bytes: Buffer) {
  let records = Buffer.alloc(Math.max(1024 * RECORD.bytes, bytes.length));
  let table = new Uint32Array(2048); // place + 1 of a record, or 0
  let [count, seen] = [0, 0];
  const recordAt = (place: number): Buffer => records.subarray(place * RECORD.bytes, (place + 1) * RECORD.bytes);

  /** Where a record of this file stands in the table, or should. */
  function slotOf(path: Buffer): number {
    let slot = path.readUInt32LE(0) & (table.length - 1);
    while (table[slot] && recordAt(table[slot] - 1).compare(path, 0, RECORD.path, 0, RECORD.path) !== 0)
      slot = (slot + 1) & (table.length - 1);
    return slot;
  }

  function add(record: Buffer): void {
    const slot = slotOf(record);
    if (table[slot]) return void record.copy(records, (table[slot] - 1) * RECORD.bytes);
    if ((count + 1) * RECORD.bytes > records.length) records = Buffer.concat([records, Buffer.alloc(records.length)]);
    record.copy(records, count * RECORD.bytes);
    table[slot] = ++count;
    if (2 * count <= table.length) return;
    table = new Uint32Array(2 * table.length);
    for (let place = 0; place < count; place++) table[slotOf(recordAt(place))] = place + 1;
  }

  for (let at = 0; at + RECORD.bytes <= bytes.length; at += RECORD.bytes) {
    const record = bytes.subarray(at, at + RECORD.bytes);
    if (digest(record.subarray(0, CHECK), RECORD.check).compare(record, CHECK) === 0) add(record);
    seen++;
  }
  return {
    /** Whether its file has what no one needs, or ends within a record. */
    isUntidy: bytes.length % RECORD.bytes !== 0 || seen > 2 * count,
    whole: (): Buffer => records.subarray(0, count * RECORD.bytes),
    find(path: Buffer): Buffer | undefined {
      const place = table[slotOf(path)];
      return place ? recordAt(place - 1) : undefined;
    },
    add,
  };
}
