/** A download from a server of the test's own, that breaks off, redirects, or changes its file. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { download } from '../../../offline/lib/download.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

const random = createRandom('download');
const FILE = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.integer(256)));
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: TestFolder;
let server: Server;
let url: string;
let path: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let hangUp = (): void => {};
const asked: (string | undefined)[] = [];
beforeEach(async () => {
  folder = await testFolder();
  path = join(folder.path, 'weights.bin');
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.bin`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((ended) => server.close(ended));
  await folder.remove();
});

const OTHERWISE = 'Bring the file by hand.';
const get = (over: Partial<Parameters<typeof download>[0]> = {}) =>
  download({ url, path, otherwise: OTHERWISE, ...over });

/** Answers ranges as a server does; @param most bytes of one answer: it waits then, to hang up */
function serve(file: Buffer, { etag = '"1"', most = Number.POSITIVE_INFINITY, ranges = true } = {}) {
  return ({ headers }: IncomingMessage, response: ServerResponse) => {
    const from =
      ranges && headers['if-range'] === etag ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    const body = file.subarray(from);
    if (etag) response.setHeader('etag', etag);
    response.setHeader('content-length', body.length);
    if (from) response.setHeader('content-range', `bytes ${from}-${file.length - 1}/${file.length}`);
    response.writeHead(from ? 206 : 200);
    if (body.length <= most) return void response.end(body);
    hangUp = () => response.destroy(); // not before the client has what was sent: it would drop what it has not read yet
    response.write(body.subarray(0, most));
  };
}

describe('a download', () => {
  test('goes on where the connection ended, and is whole in the end', async () => {
    answer = serve(FILE, { most: 110_000 });
    const told: number[] = [];
    const { bytes, sha256 } = await get({
      onBytes(have, total) {
        told.push(have / (total ?? 0));
        if (have === 110_000 || have === 220_000) hangUp();
      },
    });
    expect([bytes, sha256]).toEqual([FILE.length, hashOf(FILE)]);
    expect((await readFile(path)).equals(FILE)).toBe(true);
    expect(asked).toEqual([undefined, 'bytes=110000-', 'bytes=220000-']);
    expect(told.at(-1)).toBe(1);
    expect(await readdir(folder.path)).toEqual(['weights.bin']);
  });

  test('that was killed is continued by the next, and begins anew when the file has changed', async () => {
    answer = serve(FILE, { most: 50_000 });
    const stop = new Error('killed');
    const until = (limit: number) => (have: number) => {
      if (have >= limit) throw stop;
    };
    await expect(get({ onBytes: until(50_000) })).rejects.toThrow(stop);
    answer = serve(FILE);
    expect(await get()).toMatchObject({ resumedFrom: 50_000, sha256: hashOf(FILE) });
    expect(asked.at(-1)).toBe('bytes=50000-');

    const other = Buffer.from(FILE).reverse();
    answer = serve(FILE, { most: 50_000 });
    await expect(get({ onBytes: until(50_000) })).rejects.toThrow(stop);
    answer = serve(other, { etag: '"2"' });
    expect(await get()).toMatchObject({ sha256: hashOf(other), bytes: other.length });
  });

  test('of a server without ranges begins anew, and one that brings nothing more is given up', async () => {
    answer = serve(FILE, { most: 1000, ranges: false });
    await expect(get({ onBytes: (have) => have === 1000 && hangUp() })).rejects.toThrow(
      /expected 300000 bytes, got 1000 before the connection ended .* Start again: it goes on from there\. Bring the file by hand\.$/,
    );
    answer = serve(FILE, { ranges: false });
    expect(await get()).toMatchObject({ sha256: hashOf(FILE) });
  });

  test('is refused and removed when its hash is another than is known, or than the server said', async () => {
    answer = serve(FILE);
    await expect(get({ sha256: '0'.repeat(64) })).rejects.toThrow(
      `expected a file with sha256 ${'0'.repeat(64)}, got ${hashOf(FILE)}. What came is removed`,
    );
    expect(await readdir(folder.path)).toEqual([]);
    const redirecting = (hash: string) => (request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/weights.bin') return serve(FILE)(request, response);
      response.writeHead(302, { location: '/cdn/abc', 'x-linked-etag': `"${hash}"` });
      response.end();
    };
    answer = redirecting('1'.repeat(64));
    await expect(get()).rejects.toThrow(`expected a file with sha256 ${'1'.repeat(64)}`);
    answer = redirecting(hashOf(FILE));
    expect(await get()).toMatchObject({ checkedBy: 'server' });
  });

  test('that cannot be had says what to do: no server, no file, a plain http address elsewhere', async () => {
    await expect(get({ url: 'http://127.0.0.1:9/none' })).rejects.toThrow(
      /expected an answer, got none \(.+\)\. Bring the file by hand\./,
    );
    answer = (_, response) => response.writeHead(404).end();
    await expect(get()).rejects.toThrow('expected the file, got 404 Not Found. Bring the file by hand.');
    answer = (_, response) => response.writeHead(302, { location: 'http://example.com/x' }).end();
    await expect(get()).rejects.toThrow('http://example.com/x: expected an address that begins with https://');
  });
});
