/**
 * An R2 binding for a program outside the Worker: a Worker of a few lines has it, and is asked over HTTP on this machine.
 *
 * wrangler's getPlatformProxy would give the binding itself, but as a proxy: each property of each object of a list is a request there that stops the
 * program while it is under way. A list of 500 objects stopped it for 20 s on a busy machine, by then workerd had closed the connections, and the next
 * write failed with "other side closed". Here a page of a list is one answer, and bytes go as they are.
 *
 * Who is not told the key, which is made for each start, is refused: the bucket may be the account's own.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Bucket, BucketEntry } from './bucket.ts';
import { startWorker } from './local-worker.ts';

type Page = Awaited<ReturnType<Bucket['list']>>;

export interface BucketWorkerOptions {
  /** An empty folder, for the Worker and its configuration. */
  folder: string;
  /** As wrangler's configuration names a bucket; `binding` is BUCKET. */
  bucket: { bucket_name: string; jurisdiction?: string; remote?: boolean };
  compatibilityDate?: string;
  accountId?: string;
  /** Of local buckets: where `wrangler dev --persist-to` has them. */
  state: string;
}

const root = resolve(import.meta.dirname, '../..'); // whose wrangler is run

export interface BucketWorker {
  bucket: Bucket;
  close(): Promise<void>;
}

/** @throws Error with wrangler's last words when it does not start */
export async function startBucketWorker(options: BucketWorkerOptions): Promise<BucketWorker> {
  const { folder, bucket, compatibilityDate, accountId, state } = options;
  const key = randomBytes(32).toString('hex');
  const config = join(folder, 'wrangler.json');
  await writeFile(join(folder, 'bucket.js'), WORKER);
  await writeFile(
    config,
    JSON.stringify({
      name: 'bucket',
      main: 'bucket.js',
      compatibility_date: compatibilityDate,
      account_id: accountId,
      vars: { KEY: key },
      r2_buckets: [{ binding: 'BUCKET', ...bucket }],
    }),
    { mode: 0o600 },
  );
  const worker = await startWorker(root, { config, state, anyPort: true });
  return { bucket: bucketOver(worker.url, key), close: worker.stop };
}

/** What a Worker that is killed and one whose connections were closed meanwhile are told apart by: the second answers when asked again. */
const TRIES = 3;

/** The binding's methods as requests to the Worker below. */
function bucketOver(url: string, secret: string): Bucket {
  async function ask(
    method: string,
    path: string,
    parameters: Record<string, string>,
    body?: Uint8Array | string,
    onAgain: () => void = () => {},
  ): Promise<Response> {
    const to = `${url}/${path}?${new URLSearchParams(parameters)}`;
    const request = {
      method,
      headers: { 'x-key': secret },
      body: body as Uint8Array<ArrayBuffer> | string | undefined,
    };
    for (let tries = 1; ; tries++) {
      const response = await fetch(to, request).catch((cause: Error) => cause);
      // While a program computes, workerd closes what is idle. Each request may be made twice: what is written is whole.
      if (response instanceof Error && tries < TRIES) {
        onAgain();
        continue;
      }
      if (response instanceof Error)
        throw new Error(`R2: expected an answer to ${method} ${path}, got ${response.message}.`, { cause: response });
      if (response.ok || response.status === 404 || response.status === 412) return response;
      throw new Error(`R2: expected ${method} ${path} to succeed, got ${(await response.text()).slice(0, 500)}.`);
    }
  }
  const entryOf = (text: string): BucketEntry => {
    const entry = JSON.parse(text) as Omit<BucketEntry, 'uploaded'> & { uploaded: number };
    return { ...entry, uploaded: new Date(entry.uploaded) };
  };
  const ofHeader = (response: Response): BucketEntry => entryOf(decodeURIComponent(response.headers.get('x-entry')!));

  /** An object, where its content is this. */
  async function found(key: string, content: Uint8Array | string): Promise<BucketEntry | null> {
    const response = await ask('GET', 'object', { key });
    const isThis = response.ok && Buffer.from(await response.arrayBuffer()).equals(Buffer.from(content));
    return isThis ? ofHeader(response) : null;
  }

  return {
    async get(key) {
      const response = await ask('GET', 'object', { key });
      if (response.status === 404) return null;
      return { ...ofHeader(response), arrayBuffer: () => response.arrayBuffer() };
    },
    async head(key) {
      const response = await ask('GET', 'entry', { key });
      return response.status === 404 ? null : entryOf(await response.text());
    },
    async put(key, value, options) {
      const condition = options?.onlyIf && { onlyIf: JSON.stringify(options.onlyIf) };
      let isAskedAgain = false;
      const response = await ask('PUT', 'object', { key, ...condition }, value, () => {
        isAskedAgain = true;
      });
      if (response.status !== 412) return entryOf(await response.text());
      // The first of two may have been written, and its answer lost: then the condition failed of its own success.
      return isAskedAgain ? found(key, value) : null;
    },
    async list({ prefix, cursor }) {
      const response = await ask('GET', 'list', { prefix, ...(cursor && { cursor }) });
      const page = (await response.json()) as Omit<Page, 'objects'> & { objects: { uploaded: number }[] };
      return {
        ...page,
        objects: page.objects.map((one) => ({ ...one, uploaded: new Date(one.uploaded) })),
      } as Page;
    },
    async delete(key) {
      await ask('DELETE', 'object', { key });
    },
  };
}

/** /healthz, which startWorker waits for, needs no key and says nothing. */
const WORKER = `const entryOf = ({ key, size, etag, uploaded }) => ({ key, size, etag, uploaded: uploaded.getTime() });
const none = () => new Response(null, { status: 404 });
async function answer(request, { BUCKET, KEY }) {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/healthz') return new Response('ok');
  if (request.headers.get('x-key') !== KEY) return new Response('another key', { status: 403 });
  const [key, prefix, cursor, onlyIf] = ['key', 'prefix', 'cursor', 'onlyIf'].map((name) => searchParams.get(name) ?? undefined);
  if (pathname === '/list') {
    const { objects, truncated, cursor: next } = await BUCKET.list({ prefix, cursor });
    return Response.json({ objects: objects.map(entryOf), truncated, cursor: next });
  }
  if (pathname === '/entry') {
    const found = await BUCKET.head(key);
    return found ? Response.json(entryOf(found)) : none();
  }
  if (request.method === 'GET') {
    const found = await BUCKET.get(key);
    if (!found) return none();
    return new Response(found.body, { headers: { 'x-entry': encodeURIComponent(JSON.stringify(entryOf(found))) } });
  }
  if (request.method === 'DELETE') {
    await BUCKET.delete(key);
    return new Response(null, { status: 204 });
  }
  const put = await BUCKET.put(key, await request.arrayBuffer(), onlyIf && { onlyIf: JSON.parse(onlyIf) });
  return put ? Response.json(entryOf(put)) : new Response(null, { status: 412 });
}
export default {
  fetch: (request, env) => answer(request, env).catch((error) => new Response(String(error), { status: 500 })),
};
`;
