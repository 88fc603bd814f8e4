/**
 * Download one large file: it goes on where it stopped, and what arrives is checked against a hash.
 *
 * What has arrived lies beside the target as `.part`, with a line that says of which file it is (`.part.json`): the next try asks for the rest
 * by Range, and with If-Range, so that a file which changed meanwhile comes anew (RFC 9110, §13.1.5 and §14.2). Redirects are followed
 * by hand: Hugging Face says the sha256 of a large file in the answer that redirects (`X-Linked-Etag`), which is then known without this
 * program having ever seen the file. Only https is taken, and http on this machine.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notWritten, writeFileAtomic } from './files.ts';
import { parsedJson } from './json.ts';

export interface DownloadOptions {
  url: string;
  /** Where the whole file goes. */
  path: string;
  /** Lower-case hex, where it is known beforehand. */
  sha256?: string;
  /** Called as bytes arrive: how many there are, of how many where the server says. */
  onBytes?: (have: number, total: number | undefined) => void;
  /** What to do where the address cannot be reached, a sentence. */
  otherwise: string;
}

export interface Downloaded {
  bytes: number;
  sha256: string;
  /** Bytes that an earlier try had brought. */
  resumedFrom: number;
  /** Against what the hash was checked, if against anything. */
  checkedBy?: 'known' | 'server';
}

/** Tries in a row that bring nothing. */
const MOST_TRIES = 3;
const MOST_REDIRECTS = 6;

interface Part {
  url: string;
  etag?: string;
  /** What the server says that the file's sha256 is. */
  sha256?: string;
  total?: number;
}

/** @throws Error with what to do, when the address cannot be reached, or what came is another file than it should be */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { url, path, onBytes } = options;
  const [part, note] = [`${path}.part`, `${path}.part.json`];
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw notWritten(path, error);
  });
  let known = await readPart(note, url);
  if (!known) await rm(part, { force: true });
  const resumedFrom = await sizeOf(part);
  for (let tries = 0; known?.total === undefined || (await sizeOf(part)) < known.total; ) {
    const before = await sizeOf(part);
    const { response, linked } = await ask(options, before, known);
    known = { url, etag: response.headers.get('etag') ?? undefined, ...linked, total: totalOf(response, before) };
    await writeFileAtomic(note, `${JSON.stringify(known)}\n`);
    const from = response.status === 206 ? before : 0;
    const failure = await append(response, part, from, (have) => onBytes?.(have, known?.total));
    const have = await sizeOf(part);
    if (!failure && (known.total === undefined || have >= known.total)) break;
    tries = have > before ? 0 : tries + 1;
    if (tries >= MOST_TRIES)
      throw new Error(
        `${url}: expected ${known.total ?? 'more'} bytes, got ${have} before the connection ended (${failure?.message ?? 'no reason given'}). Start again: it goes on from there. ${options.otherwise}`,
      );
  }
  return finish(options, known, resumedFrom);
}

async function finish(
  { url, path, sha256 }: DownloadOptions,
  known: Part | undefined,
  resumedFrom: number,
): Promise<Downloaded> {
  const part = `${path}.part`;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(part)) hash.update(piece as Uint8Array);
  const found = hash.digest('hex');
  const bytes = await sizeOf(part);
  const expected = sha256 ?? known?.sha256;
  if ((expected && found !== expected) || (known?.total !== undefined && bytes !== known.total)) {
    await rm(part, { force: true });
    await rm(`${path}.part.json`, { force: true });
    throw new Error(
      `${url}: expected ${expected ? `a file with sha256 ${expected}` : `${known?.total} bytes`}, got ${expected ? found : bytes}. What came is removed; start again, and if it stays so, the file at that address is another one.`,
    );
  }
  await rename(part, path);
  await rm(`${path}.part.json`, { force: true });
  const checkedBy = sha256 ? 'known' : known?.sha256 ? 'server' : undefined;
  return { bytes, sha256: found, resumedFrom, ...(checkedBy && { checkedBy }) };
}

/** Follows redirects. @param have bytes of the part that is there */
async function ask(
  { url, otherwise }: DownloadOptions,
  have: number,
  known: Part | undefined,
): Promise<{ response: Response; linked: Pick<Part, 'sha256'> }> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  // Without a validator the rest may be another file's: from the start then.
  if (have > 0 && known?.etag && !known.etag.startsWith('W/'))
    Object.assign(headers, { range: `bytes=${have}-`, 'if-range': known.etag });
  let [at, linked]: [string, Pick<Part, 'sha256'>] = [url, {}];
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    refuseUnsafe(at);
    const response = await fetch(at, { headers, redirect: 'manual' }).catch((cause: Error) => {
      const { code, message } = (cause.cause ?? cause) as NodeJS.ErrnoException;
      throw new Error(`${at}: expected an answer, got none (${code ?? message}). ${otherwise}`, { cause });
    });
    const hash = /^"?([0-9a-f]{64})"?$/.exec(response.headers.get('x-linked-etag') ?? '')?.[1];
    if (hash) linked = { sha256: hash };
    const next = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (next) {
      await response.body?.cancel();
      at = new URL(next, at).href;
      continue;
    }
    if (response.status === 200 || (response.status === 206 && startOf(response) === have)) return { response, linked };
    await response.body?.cancel();
    throw new Error(`${at}: expected the file, got ${response.status} ${response.statusText}. ${otherwise}`);
  }
  throw new Error(`${url}: expected the file, got more than ${MOST_REDIRECTS} redirects. ${otherwise}`);
}

function refuseUnsafe(address: string): void {
  const { protocol, hostname } = new URL(address);
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isHere))
    throw new Error(
      `${address}: expected an address that begins with https://, got ${protocol}//. Give another --url.`,
    );
}

const rangeOf = (response: Response) => /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
const startOf = (response: Response): number => Number(rangeOf(response)?.[1] ?? -1);

function totalOf(response: Response, have: number): number | undefined {
  if (response.status === 206) return Number(rangeOf(response)![2]);
  const length = response.headers.get('content-length');
  return length === null || have < 0 ? undefined : Number(length);
}

/** @returns what ended it too early, if anything did; what had come by then is kept */
async function append(
  response: Response,
  part: string,
  from: number,
  onBytes: (have: number) => void,
): Promise<Error | undefined> {
  const file = await open(part, from ? 'a' : 'w').catch((error: unknown) => {
    throw notWritten(part, error);
  });
  let have = from;
  try {
    const reader = response.body?.getReader();
    while (reader) {
      const piece = await reader.read().catch((error: Error) => error);
      if (piece instanceof Error) return (piece.cause as Error | undefined) ?? piece;
      if (piece.done) return undefined;
      await file.write(piece.value).catch((error: unknown) => {
        throw notWritten(part, error);
      });
      have += piece.value.length;
      onBytes(have);
    }
    return undefined;
  } finally {
    await file.sync().catch(() => undefined);
    await file.close();
  }
}

/** What is known of the part that is there; undefined where it is of another address, or nobody knows. */
async function readPart(note: string, url: string): Promise<Part | undefined> {
  const text = await readFile(note, 'utf8').catch(() => undefined);
  const part = text === undefined ? undefined : (parsedJson(text) as Part | undefined);
  return part?.url === url ? part : undefined;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
